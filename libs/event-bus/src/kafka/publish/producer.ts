import type { OutgoingRecord, Position, PublishCallOptions } from '../../core/backend.js';
import { Backlog } from '../../core/publish/backlog.js';
import { asError } from '../../core/backoff.js';
import { AccessRefusedError, RecordRefusedError, UnavailableError } from '../../core/errors.js';
import { allowedBytes, topicsOf } from '../../core/publish/joint-publish.js';
import type { Cluster } from '../client/cluster.js';
import { isMissingRight, kafkaError, RIGHTS_TO_PUBLISH } from '../client/errors.js';
import type { Topic } from '../client/topics.js';
import { ProtocolError } from '../protocol/error-codes.js';
import { type Codec, overheadOf } from './batch-writer.js';
import { Call } from './call.js';
import { Dispatcher } from './dispatcher.js';
import { MetadataWatch } from './metadata-watch.js';
import { ProducerId } from './producer-id.js';
import { isFinal, refusal } from './refusal.js';
import { DeletedTopicError, TopicQueue } from './topic-queue.js';

export interface ProducerOptions {
  /** How long a publish is tried, in ms. */
  readonly timeoutMs: number;
  /** The size limit of a record: key, value and headers together, in bytes. */
  readonly maxRecordBytes: number;
  /** How long a publish waits for others if no request is under way, in ms. */
  readonly lingerMs: number;
  /** `undefined` means no compression. */
  readonly codec: Codec | undefined;
  /** Creates a missing topic. */
  readonly ensureTopic: (topic: string) => Promise<void>;
}

/** Topics used within `usedWithinMs` are looked up for new partitions every `everyMs`. */
const REFRESH = { everyMs: 10_000, usedWithinMs: 60_000 };

/**
 * Publishes with acks of all in-sync replicas, idempotently: a record that is sent again is in the topic once, in its
 * order.
 *
 * Each record has its own result and each partition its own queue. A failing partition delays and fails only its own
 * records. Failures are retried until the publish times out.
 */
export class Producer {
  readonly #cluster: Cluster;
  readonly #options: ProducerOptions;
  readonly #backlog = new Backlog();
  /** In the order of their deadlines. */
  readonly #calls = new Set<Call>();
  readonly #topics = new Map<string, TopicQueue>();
  readonly #making = new Set<string>();
  readonly #watch: MetadataWatch;
  readonly #producerId: ProducerId;
  readonly #dispatcher: Dispatcher;
  #timer: NodeJS.Timeout | undefined;
  #refreshing: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #onSettled: (() => void) | undefined;

  constructor(cluster: Cluster, options: ProducerOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#watch = new MetadataWatch(cluster, {
      onFound: (topics) => this.#onFound(topics),
      onFailed: (error, topics) => this.#onNotFound(error, topics),
    });
    this.#producerId = new ProducerId(cluster, {
      onKnown: () => this.#dispatcher.schedule(),
      onFailed: (error) => this.#onNoProducerId(error),
    });
    this.#dispatcher = new Dispatcher(cluster, {
      codec: options.codec,
      look: (topic) => this.#watch.want(topic),
    });
  }

  /**
   * Resolves with the positions when all records are confirmed.
   *
   * Rejects with `RecordRefusedError` if the broker will never accept a record. Rejects with `UnavailableError` if a
   * record is not confirmed in time, or if too many are waiting. The broker may have other records of the call.
   */
  publish(records: readonly OutgoingRecord[], { signal }: PublishCallOptions = {}): Promise<readonly Position[]> {
    return new Promise((resolve, reject) => {
      if (this.#closing !== undefined)
        throw new UnavailableError(`Could not publish to ${topicsOf(records)}: the backend is closed.`);
      if (records.length === 0) {
        resolve([]);
        return;
      }
      const bytes = records.map((record) => allowedBytes(record, this.#options.maxRecordBytes));
      const size = { records: records.length, bytes: bytes.reduce((sum, each) => sum + each, 0) };
      if (this.#backlog.isFullFor(size)) this.#dropGivenUp();
      if (this.#backlog.isFullFor(size)) throw this.#backlog.refusal(topicsOf(records));
      this.#backlog.add(size);
      const onSettled = (call: Call) => this.#settled(call);
      const call = new Call(size, performance.now() + this.#options.timeoutMs, signal, { resolve, reject, onSettled });
      const isFirst = this.#calls.size === 0;
      this.#calls.add(call);
      this.#timer ??= setTimeout(this.#onTime, this.#options.timeoutMs);
      for (const [index, record] of records.entries()) this.#add(record, call, index, bytes[index] ?? 0);
      this.#dispatcher.schedule(isFirst ? this.#options.lingerMs : 0);
    });
  }

  /** Accepts no more calls. Resolves when every accepted publish has settled, and closes the connections. */
  close(): Promise<void> {
    return (this.#closing ??= (async () => {
      if (this.#calls.size > 0) await new Promise<void>((resolve) => (this.#onSettled = resolve));
      this.#watch.close();
      this.#dispatcher.close();
      clearInterval(this.#refreshing);
      clearTimeout(this.#timer);
      this.#cluster.close();
    })());
  }

  #add(record: OutgoingRecord, call: Call, index: number, bytes: number): void {
    const topic = this.#topic(record.topic);
    topic.lastUsed = performance.now();
    const queue = topic.add({ record, call, index, bytes: bytes + overheadOf(record) });
    call.goesTo(record.topic, () => topic.reasonOf(queue));
    if (queue === undefined) this.#watch.wantNew(record.topic);
    else this.#dispatcher.add(queue);
  }

  #topic(name: string): TopicQueue {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = new TopicQueue(name, (insteadOf) => this.#producerId.get(insteadOf));
      this.#topics.set(name, topic);
      this.#refreshing ??= setInterval(() => this.#refresh(), REFRESH.everyMs).unref();
    }
    return topic;
  }

  /** Only at the front: a call behind one that is still wanted is checked at its turn. */
  #dropGivenUp(): void {
    for (const call of this.#calls) {
      if (!call.isGivenUp) return;
      call.fail(asError(call.signal?.reason));
    }
  }

  #settled(call: Call): void {
    this.#calls.delete(call);
    this.#backlog.remove(call.size);
    if (this.#calls.size === 0) this.#onSettled?.();
  }

  readonly #onTime = (): void => {
    const now = performance.now();
    for (const call of this.#calls) {
      if (call.deadline > now) break;
      call.fail(call.isGivenUp ? asError(call.signal?.reason) : this.#lateError(call));
    }
    const [next] = this.#calls;
    this.#timer = next === undefined ? undefined : setTimeout(this.#onTime, Math.max(1, next.deadline - now));
  };

  #lateError(call: Call): Error {
    const { topic, reason } = call.place;
    const doing = `publish to ${topic} within ${this.#options.timeoutMs} ms`;
    return reason === undefined
      ? new UnavailableError(`Kafka: could not ${doing}: no answer.`)
      : kafkaError(reason, doing, RIGHTS_TO_PUBLISH);
  }

  /** Finds partitions that were added. */
  #refresh(): void {
    const since = performance.now() - REFRESH.usedWithinMs;
    for (const { name, lastUsed } of this.#topics.values()) if (lastUsed >= since) this.#watch.want(name);
  }

  #onFound(topics: readonly Topic[]): void {
    for (const found of topics) {
      const topic = this.#topic(found.name);
      if (found.error === undefined) {
        for (const queue of topic.learn(found)) this.#dispatcher.add(queue);
      } else this.#onTopicError(topic, new ProtocolError(found.error));
    }
    this.#dispatcher.onMetadata();
  }

  #onTopicError(topic: TopicQueue, error: ProtocolError): void {
    const isMissing = error.type === 'UNKNOWN_TOPIC_OR_PARTITION';
    topic.lastError = isMissing && topic.isKnown ? new DeletedTopicError(topic.name) : error;
    if (isMissing && !topic.isKnown) void this.#make(topic);
    else if (isMissing || !isFinal(error)) this.#lookAgain(topic);
    else topic.fail(refusal(error, topic.name));
  }

  async #make(topic: TopicQueue): Promise<void> {
    if (this.#making.has(topic.name) || !topic.isWaiting) return;
    this.#making.add(topic.name);
    try {
      await this.#options.ensureTopic(topic.name);
    } catch (thrown) {
      const error = asError(thrown);
      topic.lastError = error;
      if (error instanceof RecordRefusedError || isMissingRight(error)) topic.failUnplaced(error);
    } finally {
      this.#making.delete(topic.name);
      this.#lookAgain(topic);
    }
  }

  #lookAgain(topic: TopicQueue): void {
    if (topic.isWaiting) this.#watch.want(topic.name);
  }

  #onNotFound(error: Error, topics: readonly string[]): void {
    const known = kafkaError(error, `publish to ${topics.join(', ')}`, RIGHTS_TO_PUBLISH);
    for (const name of topics) {
      const topic = this.#topic(name);
      topic.lastError = error;
      // Access is refused, so waiting would not help.
      if (known instanceof AccessRefusedError) topic.failUnplaced(known);
      this.#lookAgain(topic);
    }
    this.#dispatcher.onMetadata();
  }

  #onNoProducerId(error: Error): boolean {
    if (this.#closing !== undefined && this.#calls.size === 0) return false;
    if (!isMissingRight(error)) return true;
    for (const call of this.#calls) call.fail(refusal(error, call.place.topic));
    return false;
  }
}
