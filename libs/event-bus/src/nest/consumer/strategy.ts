import { inspect } from 'node:util';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { asError } from '../../core/backoff.js';
import type { Consumer } from '../../core/consume/consumer.js';
import { SettingsError } from '../../core/errors.js';
import { Milestone } from '../../core/consume/milestone.js';
import { fullTopic } from '../../core/topics/topic.js';
import type { ConsumeOptions } from './consume-options.js';
import { HandlerErrors } from '../handlers/handler-errors.js';
import { makeConsumer } from '../runtime/make-consumer.js';
import type { ListenersController } from '../nest-internals.js';
import type { OnEventExtras } from '../handlers/on-event.js';
import { RegisteredHandlers } from '../handlers/registered-handlers.js';
import type { EventBusRuntime } from '../runtime/runtime.js';
import { EVENT_BUS_TRANSPORT } from '../tokens.js';

/** Passes the events of one topic, for one group, to the application's `@OnEvent` methods. */
export class EventBusStrategy extends Server<never> implements CustomTransportStrategy {
  override readonly transportId = EVENT_BUS_TRANSPORT;
  override readonly propagatesEventHandlerErrors: boolean = true;
  readonly #runtime: EventBusRuntime;
  readonly #options: ConsumeOptions;
  readonly #handlers: RegisteredHandlers;
  readonly #leftAlone: string[] = [];
  readonly #stop = new AbortController();
  readonly #before: () => Promise<unknown>;
  readonly #errors = new HandlerErrors((error) => this.#onOtherError(error));
  readonly #assigned = new Milestone();
  readonly #ended = new Milestone();
  #isListening = false;

  /** The microservice waits for `before` when it starts, before it consumes. */
  constructor(
    runtime: EventBusRuntime,
    options: ConsumeOptions,
    before: () => Promise<unknown> = () => Promise.resolve(),
  ) {
    super();
    this.#runtime = runtime;
    this.#options = options;
    this.#before = before;
    this.#handlers = new RegisteredHandlers(runtime.settings, this.#errors);
    const topic = fullTopic(runtime.settings.topicPrefix, options.topic);
    runtime.observe({ kind: 'consumer-starting', topic, group: options.group });
  }

  /**
   * Resolves when the consumer has joined its group and has its share of the topic, which may be empty while others
   * have it all. With `EVENT_BUS_REDIS_EXCLUSIVE` it resolves when the consumer becomes the active member. Rejects if
   * it ends before.
   */
  get ready(): Promise<void> {
    return this.#assigned.reached;
  }

  /** Resolves when the consumer has stopped. Rejects with `HaltError` or `ErrorsLimitError` if a policy ended it. */
  get ended(): Promise<void> {
    return this.#ended.reached;
  }

  /**
   * Keeps the handlers' errors, whatever filters make of them. Call it before the microservice registers the handlers.
   */
  watch(controller: ListenersController): void {
    this.#errors.watch(controller);
  }

  /** Keeps each handler separate. Nest joins them, and then the first failure would hide the others. */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    // In a hybrid application, Nest offers handlers without a transport to every strategy.
    if (isEventHandler !== true || typeof pattern !== 'string' || !isOnEvent(extras)) {
      this.#leftAlone.push(typeof pattern === 'string' ? pattern : inspect(pattern));
      return;
    }
    this.#handlers.add(pattern, callback, extras);
  }

  /**
   * Checks the handlers, starts to consume, and calls back when the group has its position. Events published afterwards
   * are handled. Calls back with an error if the process must not start.
   */
  listen(callback: (error?: unknown) => void): void {
    this.#isListening = true;
    this.#runtime.consumers.add(this);
    this.#start().then(
      () => callback(),
      (thrown: unknown) => {
        const error = asError(thrown);
        this.#assigned.miss(error);
        this.#ended.miss(error);
        callback(error);
      },
    );
  }

  /** Takes no more events, lets running handlers end, and settles their events. */
  async close(): Promise<void> {
    this.#stop.abort();
    if (!this.#isListening) this.#ended.reach();
    await this.#ended.reached.catch(() => undefined);
  }

  on(): never {
    throw new Error('on() is not supported: the event bus reports through its logger.');
  }

  // The base class has it so: the caller says what is inside.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  unwrap<T>(): T {
    return this.#runtime.consumerBackend as T;
  }

  async #start(): Promise<void> {
    await this.#before();
    this.#check();
    const consumer = this.#consumer();
    consumer.assigned.then(
      () => this.#assigned.reach(),
      (error: unknown) => this.#assigned.miss(asError(error)),
    );
    consumer.run(this.#stop.signal).then(
      () => this.#ended.reach(),
      (error: unknown) => this.#ended.miss(asError(error)),
    );
    await consumer.joined;
  }

  #onOtherError(error: Error): void {
    this.logger.warn(
      `An exception filter threw an error while it handled a handler's error: ${error.message}. The bus uses the handler's error. ` +
        'A filter for HTTP must check host.getType() first. Later errors of filters are not logged.',
    );
  }

  #check(): void {
    const problems = this.#handlers.problems(this.#runtime.definitions, this.#options.eventTypes ?? []);
    if (problems.length > 0) throw new SettingsError(problems.join('\n'));
    if (this.#leftAlone.length > 0)
      this.logger.warn(`Handlers that are not @OnEvent get no events from the bus: ${this.#leftAlone.join(', ')}`);
  }

  #consumer(): Consumer {
    const { group, eventTypes, onUnhandled, member = `${group}-${process.pid}`, ...rest } = this.#options;
    const unhandled = onUnhandled ?? this.#runtime.settings.onUnhandled;
    const isWanted = (type: string) => eventTypes === undefined || eventTypes.length === 0 || eventTypes.includes(type);
    return makeConsumer(this.#runtime, {
      ...rest,
      group,
      member,
      handlersOf: (type) => (isWanted(type) ? this.#handlers.of(type) : []),
      // Event types that were not asked for pass.
      onUnhandled: (type) => (isWanted(type) ? unhandled : 'settle'),
    });
  }
}

function isOnEvent(extras: unknown): extras is OnEventExtras {
  return (
    typeof extras === 'object' && extras !== null && 'handler' in extras && 'types' in extras && 'options' in extras
  );
}
