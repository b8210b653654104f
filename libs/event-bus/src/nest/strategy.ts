import { inspect } from 'node:util';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Start } from '../core/backend.js';
import type { Consumer } from '../core/consumer.js';
import type { Handler } from '../core/delivery.js';
import { SettingsError } from '../core/errors.js';
import { EventBusContext } from './context.js';
import { makeConsumer } from './make-consumer.js';
import type { OnEventExtras } from './on-event.js';
import type { EventBusRuntime } from './runtime.js';
import { EVENT_BUS_TRANSPORT } from './tokens.js';

/** What a consumer process consumes. */
export interface ConsumeOptions {
  /** Without prefix. */
  readonly topic: string;
  readonly group: string;
  /** In place of the setting; applies only while the group has no position. */
  readonly from?: Start;
  /**
   * Moves the group, once, to the first record made at or after this time; see docs/replay.md. Later starts with the same time go on where
   * the group stands; with another time it has to have no members.
   */
  readonly offsetTime?: Date;
  /** Only these event types; by default all that have a handler. */
  readonly eventTypes?: readonly string[];
  /** This member's name, for operators. */
  readonly member?: string;
}

/** Hands the events of one topic, for one group, to the application's `@OnEvent` methods. */
export class EventBusStrategy extends Server<never> implements CustomTransportStrategy {
  override readonly transportId = EVENT_BUS_TRANSPORT;
  override readonly propagatesEventHandlerErrors: boolean = true;
  readonly #runtime: EventBusRuntime;
  readonly #options: ConsumeOptions;
  readonly #handlers = new Map<string, Handler[]>();
  readonly #leftAlone: string[] = [];
  readonly #stop = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  constructor(runtime: EventBusRuntime, options: ConsumeOptions) {
    super();
    this.#runtime = runtime;
    this.#options = options;
  }

  /** Resolves when the consumer has stopped. Rejects with `HaltError` or `ErrorsLimitError` when a policy ended it. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Keeps each handler by itself: joined, as Nest does it, the first failure would hide the others. */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    // In a hybrid application, handlers without a transport are offered to every strategy.
    if (isEventHandler !== true || typeof pattern !== 'string' || !isOnEvent(extras)) {
      this.#leftAlone.push(typeof pattern === 'string' ? pattern : inspect(pattern));
      return;
    }
    const handlers = this.#handlers.get(pattern) ?? [];
    this.#handlers.set(pattern, [...handlers, this.#handler(callback, extras)]);
  }

  /** Checks the handlers and begins to consume. Calls back with an error when the process must not start. */
  listen(callback: (error?: unknown) => void): void {
    try {
      this.#check();
      if (this.#leftAlone.length > 0) {
        this.logger.warn(`Handlers that are not @OnEvent get no events from the bus: ${this.#leftAlone.join(', ')}`);
      }
      this.#ended = this.#consumer().run(this.#stop.signal);
      // Whoever cares asks for `ended`; an application that does not must not crash for it.
      this.#ended.catch(() => undefined);
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** Takes nothing more, lets the running handlers end, settles them. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended.catch(() => undefined);
  }

  on(): never {
    throw new Error('The event bus reports through its logger; it has no events to listen to.');
  }

  // The base class has it so: the caller says what is inside.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  unwrap<T>(): T {
    return this.#runtime.consumerBackend as T;
  }

  #handler(callback: MessageHandler, extras: OnEventExtras): Handler {
    const { settings } = this.#runtime;
    const { attempts, delayMs, maxDelayMs, onFailure } = extras.options;
    return {
      name: extras.handler,
      policy: {
        attempts: attempts ?? settings.retryAttempts,
        delayMs: delayMs ?? settings.retryDelay * 1000,
        maxDelayMs: maxDelayMs ?? settings.retryMaxDelay * 1000,
        then: onFailure ?? settings.onFailure,
      },
      handle: (event, attempt) => callback(event.data, new EventBusContext(event, attempt)).then(completed),
    };
  }

  #check(): void {
    const { definitions } = this.#runtime;
    const problems: string[] = [];
    if (this.#handlers.size === 0) problems.push('No controller of this application has an @OnEvent method.');
    for (const [type, handlers] of this.#handlers) {
      if (definitions.has(type)) continue;
      const names = handlers.map(({ name }) => name).join(', ');
      problems.push(
        `${names}: @OnEvent('${type}') is no known event type; list the module that defines it in EVENT_BUS_EVENTS.`,
      );
    }
    for (const type of this.#options.eventTypes ?? []) {
      if (!this.#handlers.has(type))
        problems.push(
          `--event-type ${type}: no handler here; there are ${[...this.#handlers.keys()].join(', ') || 'none'}.`,
        );
    }
    if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  }

  #consumer(): Consumer {
    const { group, eventTypes, member = `${group}-${process.pid}`, ...rest } = this.#options;
    const isWanted = (type: string) => eventTypes === undefined || eventTypes.length === 0 || eventTypes.includes(type);
    return makeConsumer(this.#runtime, {
      ...rest,
      group,
      member,
      handlersOf: (type) => (isWanted(type) ? (this.#handlers.get(type) ?? []) : []),
    });
  }
}

/** Waits for the last value of what a method returned, if it was an observable. */
function completed(result: unknown): void | Promise<void> {
  if (isObservable(result)) return lastValueFrom(result, { defaultValue: undefined }).then(() => undefined);
}

function isOnEvent(extras: unknown): extras is OnEventExtras {
  return (
    typeof extras === 'object' && extras !== null && 'handler' in extras && 'types' in extras && 'options' in extras
  );
}
