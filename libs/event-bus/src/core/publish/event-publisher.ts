import type { Position, Publisher } from '../backend.js';
import { newMetadata } from '../event/attributes.js';
import type { Bounds } from './backlog.js';
import { asError } from '../backoff.js';
import { asPromise } from '../as-promise.js';
import type { Encoded, RecordCodec } from '../event/codec.js';
import { Deadline } from './deadline.js';
import { InvalidEventError, PublishError, UnavailableError } from '../errors.js';
import type { Event, EventDefinition, EventMetadata } from '../event/event.js';
import type { Observer } from '../notices/notice.js';
import { type MaybeEncoded, OrderedEncoder } from './ordered-encoder.js';
import type { Route, Routes } from '../topics/routes.js';
import type { SendTracer } from './send-tracer.js';
import { fullTopic, nameProblem } from '../topics/topic.js';

/** The options of an {@link EventPublisher}. */
export interface EventPublisherOptions {
  readonly publisher: Publisher;
  readonly codec: RecordCodec;
  readonly routes: Routes;
  readonly observe: Observer;
  readonly topicPrefix: string | undefined;
  /** The service name in the `source` attribute. */
  readonly service: string | undefined;
  readonly timeoutMs: number;
  readonly tracer?: SendTracer | undefined;
  /**
   * How many events, and about how many bytes of data, may wait for a registry. Beyond it, events that would have to
   * wait behind others are rejected.
   */
  readonly backlog?: Bounds;
}

/** The options of one publish. */
export interface PublishOptions {
  /** When the event happened; by default now. */
  readonly time?: Date | string | undefined;
  /** Publishes to this topic (without prefix) instead of the routes. */
  readonly topic?: string | undefined;
  /**
   * The dotted path of the key, for `topic`. The default is that of the route to this topic, else that of the
   * definition.
   */
  readonly keyField?: string | undefined;
  /** Attributes that replace the generated ones, for example to send an event again with its id. */
  readonly metadata?: Partial<Omit<EventMetadata, 'type'>>;
}

/** The result of a publish. */
export interface Published {
  readonly metadata: EventMetadata;
  /** One position per topic, with the full name. Empty if every route is disabled. */
  readonly positions: readonly { readonly topic: string; readonly position: Position }[];
}

/** Publishes events to the topics of their routes; see {@link EventPublisher.publish}. */
export class EventPublisher {
  readonly #options: EventPublisherOptions;
  readonly #deadline: Deadline;
  readonly #encoder: OrderedEncoder;
  /** Publishes that wait for a registry. */
  readonly #late = new Set<Promise<unknown>>();
  #isUnnamedReported: boolean;

  constructor(options: EventPublisherOptions) {
    this.#options = options;
    this.#deadline = new Deadline(options.timeoutMs);
    this.#encoder = new OrderedEncoder(options.codec, options.backlog);
    this.#isUnnamedReported = options.service !== undefined;
  }

  /**
   * Resolves when the broker has stored the event on every enabled route. Events of one key keep the order of the
   * calls.
   *
   * Rejects with `InvalidEventError` if the data does not fit the definition or there is no route; nothing was sent
   * then. Rejects with `PublishError`, which holds the event, if a topic did not confirm in time.
   */
  publish<Data>(definition: EventDefinition<Data>, data: Data, options: PublishOptions = {}): Promise<Published> {
    // No async functions unless there is something to wait for: every event passes here.
    return asPromise(() => this.#publish(definition, data, options));
  }

  #publish<Data>(definition: EventDefinition<Data>, data: Data, options: PublishOptions): Promise<Published> {
    const startedAt = performance.now();
    const event = this.#event(definition, data, options);
    const problems = definition.validate?.(data) ?? [];
    if (problems.length > 0) throw new InvalidEventError(`${definition.type}: ${problems.join('; ')}.`);
    const { observe } = this.#options;
    const routes = this.#routesFor(definition, options);
    if (!this.#isUnnamedReported && options.metadata?.source === undefined) {
      this.#isUnnamedReported = true;
      observe({ kind: 'service-unnamed', metadata: event.metadata });
    }
    for (const { topic, enabled } of routes)
      if (!enabled) observe({ kind: 'publish-disabled', metadata: event.metadata, topic: this.#full(topic) });
    const enabled = routes.filter((route) => route.enabled);
    const encodings = enabled.map(({ topic, keyField }) => this.#encoder.encode(event, keyField, this.#full(topic)));
    // Send at once if nothing must wait: a later call would overtake this one.
    if (isReady(encodings)) return this.#sendAll(event, enabled, encodings, startedAt);
    const late = Promise.all(encodings.map((encoding) => Promise.resolve(encoding))).then((encoded) =>
      this.#sendAll(event, enabled, encoded, startedAt),
    );
    this.#late.add(late);
    return late.finally(() => this.#late.delete(late));
  }

  /**
   * Resolves when all publishes that wait for a registry now have settled. The backend waits for all others itself.
   */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#late);
  }

  #sendAll(
    event: Event,
    routes: readonly Route[],
    encoded: readonly MaybeEncoded[],
    startedAt: number,
  ): Promise<Published> {
    const [route, record] = [routes[0], encoded[0]];
    if (routes.length === 1 && route !== undefined && record !== undefined)
      return this.#send({ event, route, encoded: record, startedAt }, (result) => this.#published(event, [result]));
    const sendings = routes.flatMap((each, n) => {
      const of = encoded[n];
      return of === undefined ? [] : [this.#send({ event, route: each, encoded: of, startedAt }, (result) => result)];
    });
    return Promise.all(sendings).then((results) => this.#published(event, results));
  }

  #published(event: Event, results: readonly (Taken | NotTaken)[]): Published {
    const failures = results.filter((result) => 'error' in result);
    const positions = results.filter((result) => 'position' in result);
    if (failures.length > 0) throw new PublishError(event, failures, positions);
    return {
      metadata: event.metadata,
      positions: positions.map(({ topic, position }) => ({ topic: this.#full(topic), position })),
    };
  }

  #event<Data>(definition: EventDefinition<Data>, data: Data, { time, metadata }: PublishOptions): Event<Data> {
    const { type, minorversion } = definition;
    const { service } = this.#options;
    return {
      definition,
      data,
      metadata: {
        ...newMetadata({ type, minorversion, service, ...(time === undefined ? {} : { time }) }),
        ...(metadata === undefined ? {} : defined(metadata)),
        type,
      },
    };
  }

  #routesFor(definition: EventDefinition, { topic, keyField }: PublishOptions): readonly Route[] {
    const { routes, codec } = this.#options;
    const configured = routes.get(definition.type) ?? [];
    if (topic === undefined) {
      if (configured.length > 0) return configured;
      throw new InvalidEventError(
        `${definition.type} has no route: name a topic when publishing, or add the event to EVENT_BUS_PRODUCER_CONFIG.`,
      );
    }
    const wrongName = nameProblem('topic', topic);
    if (wrongName !== undefined) throw new InvalidEventError(`${definition.type}: ${wrongName}.`);
    if (keyField !== undefined) codec.checkKeyField(definition, keyField);
    const known = configured.find((route) => route.topic === topic)?.keyField;
    return [{ topic, keyField: keyField ?? known ?? definition.keyField, enabled: true }];
  }

  /**
   * Passes the result to `then` and never rejects by itself. `then` is a callback because every event passes here, and
   * another promise would cost time.
   */
  #send<Result>(
    { event, route: { topic, keyField }, encoded, startedAt }: Sending,
    then: (result: Taken | NotTaken) => Result,
  ): Promise<Result> {
    const { publisher, codec, observe, timeoutMs, tracer } = this.#options;
    const { metadata } = event;
    const full = this.#full(topic);
    const sending = tracer?.begin(metadata, full);
    const failed = (thrown: unknown): Result => {
      const error = asError(thrown);
      sending?.failed(error);
      const key = encoded instanceof UnavailableError ? undefined : codec.decodeKey(encoded);
      observe({ kind: 'publish-failed', metadata, topic: full, key, error, durationMs: performance.now() - startedAt });
      return then({ topic, keyField, error });
    };
    if (encoded instanceof UnavailableError) return asPromise(() => failed(encoded));
    const limit = this.#deadline.begin();
    const send = () =>
      publisher.publish(
        [
          sending === undefined
            ? { topic: full, ...encoded }
            : { topic: full, ...encoded, headers: sending.headers(encoded.headers) },
        ],
        limit,
      );
    const sent = asPromise(sending === undefined ? send : () => sending.run(send));
    const late = () => `${full} did not confirm within ${timeoutMs} ms`;
    return limit.keep(sent, late).then(([position = '']) => {
      sending?.sent(position);
      observe(new PublishedNotice(metadata, full, position, performance.now() - startedAt, { codec, encoded }));
      return then({ topic, position });
    }, failed);
  }

  #full(topic: string): string {
    return fullTopic(this.#options.topicPrefix, topic);
  }
}

/**
 * A class, because an object literal with a getter makes a new hidden class each time. V8 keeps that, and the event,
 * until the next full collection.
 */
class PublishedNotice {
  readonly kind = 'published';

  constructor(
    readonly metadata: EventMetadata,
    readonly topic: string,
    readonly position: Position,
    readonly durationMs: number,
    private readonly of: { readonly codec: RecordCodec; readonly encoded: Encoded },
  ) {}

  /** Decoded on demand: only the audit log reads it. */
  get key(): unknown {
    const { codec, encoded } = this.of;
    return codec.decodeKey(encoded);
  }
}

/** One event on its way to one topic. `startedAt` is a time of `performance.now()`, in ms. */
interface Sending {
  readonly event: Event;
  readonly route: Route;
  readonly encoded: MaybeEncoded;
  readonly startedAt: number;
}

/** A topic that confirmed the event. */
interface Taken {
  readonly topic: string;
  readonly position: Position;
}

interface NotTaken {
  readonly topic: string;
  readonly keyField: string | undefined;
  readonly error: Error;
}

function isReady(encodings: readonly (MaybeEncoded | Promise<MaybeEncoded>)[]): encodings is readonly MaybeEncoded[] {
  return !encodings.some((encoding) => encoding instanceof Promise);
}

function defined<Values extends object>(values: Values): Partial<Values> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<Values>;
}
