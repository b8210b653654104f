import { asError } from '../../core/backoff.js';
import { AccessRefusedError } from '../../core/errors.js';
import type { Cluster } from '../client/cluster.js';
import { kafkaError } from '../client/errors.js';
import type { Fetching, FetchListener } from '../port.js';
import { errorName, ProtocolError, refuse } from '../protocol/error-codes.js';
import { FETCH, type FetchedPartition, type FetchResponse } from '../protocol/fetch.js';
import { readBatches, type Room, UNPACKED_BYTES } from '../records/batches.js';
import { HeaderCache } from '../records/header-cache.js';
import { type Flight, Lanes } from './fetch/lanes.js';
import { Setbacks } from './fetch/setbacks.js';
import { Started } from './fetch/started.js';
import { Timers } from './fetch/timers.js';
import { TopicMetadata } from './fetch/topic-metadata.js';
import { watch } from './fetch/watch.js';

export interface FetcherOptions {
  readonly topic: string;
  /** How long a broker may wait for records, in ms. */
  readonly pollMs: number;
  /** The limit of an unpacked batch, in bytes. */
  readonly maxBatchBytes: number;
}

/**
 * The limits of a response, in bytes: for all partitions and for each. A single larger batch is returned all the same.
 */
const ANSWER_BYTES = 10 * 1024 * 1024;
const PARTITION_BYTES = 1024 * 1024;
/** How long a response may take beyond the wait for records, in ms. */
const LATE_MS = 10_000;
/** While a leader does not answer, how often to look for new leaders of its partitions, in ms. */
const WATCH_MS = 1_000;
/** Reads the started and wanted partitions of one topic from their leaders. */
export class Fetcher implements Fetching {
  readonly #cluster: Cluster;
  readonly #options: FetcherOptions;
  readonly #listener: FetchListener;
  readonly #topic: TopicMetadata;
  readonly #lanes: Lanes;
  readonly #known = new HeaderCache();
  readonly #timers = new Timers();
  readonly #setbacks: Setbacks;
  /** Sorted by their last response, oldest first: brokers fill responses from the front. */
  readonly #started = new Map<number, Started>();
  #isScheduled = false;
  #isClosed = false;

  constructor(cluster: Cluster, options: FetcherOptions, listener: FetchListener) {
    this.#cluster = cluster;
    this.#options = options;
    this.#listener = listener;
    this.#topic = new TopicMetadata(cluster, options.topic);
    this.#lanes = new Lanes(options.pollMs);
    this.#setbacks = new Setbacks({
      cluster,
      name: options.topic,
      topic: this.#topic,
      listener,
      timers: this.#timers,
      isCurrent: (started) => this.#isCurrent(started),
      refresh: () => this.#refresh(),
      resume: (started) => this.#resume(started),
      fail: (error) => this.#fail(error),
    });
  }

  start(partition: number, offset: number): void {
    this.#started.set(partition, new Started(partition, offset));
    this.changed();
  }

  /** No record of the partition is delivered after this call. */
  stop(partition: number): void {
    this.#started.delete(partition);
  }

  /** Call this when the result of the listener's `wants` has changed. */
  changed(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    // Other partitions may become wanted in this turn. They share the request.
    setImmediate(() => {
      this.#isScheduled = false;
      if (!this.#isClosed) this.#ask();
    });
  }

  /** Stops reading. The owner closes the connections. */
  close(): void {
    this.#isClosed = true;
    this.#started.clear();
    this.#timers.clear();
  }

  #ask(): void {
    const byLeader = new Map<number, Started[]>();
    for (const started of this.#started.values()) {
      if (started.flight !== undefined || started.isResting || !this.#listener.wants(started.partition)) continue;
      const leader = this.#topic.leaderOf(started.partition)?.leader;
      const others = leader === undefined ? undefined : byLeader.get(leader);
      if (leader === undefined) this.#setbacks.failed(started, new ProtocolError('LEADER_NOT_AVAILABLE'));
      else if (others === undefined) byLeader.set(leader, [started]);
      else others.push(started);
    }
    for (const [leader, partitions] of byLeader) {
      const flight = this.#lanes.take(leader, partitions);
      if (flight !== undefined) void this.#fly(flight);
    }
  }

  async #fly(flight: Flight): Promise<void> {
    const endWatch = this.#watch(flight);
    try {
      const answer = await this.#fetch(flight).finally(endWatch);
      await this.#take(flight, answer);
    } catch (thrown) {
      const error = kafkaError(thrown, `read topic ${this.#options.topic}`);
      if (error instanceof AccessRefusedError) this.#fail(error);
      for (const each of flight.partitions) if (this.#isOf(each, flight)) this.#setbacks.failed(each, asError(thrown));
    }
    this.#lanes.end(flight);
    this.changed();
  }

  #fetch({ nodeId, lane, waitMs, partitions }: Flight): Promise<FetchResponse> {
    const asked = partitions.map(({ partition, offset }) => ({
      partition,
      leaderEpoch: this.#topic.leaderOf(partition)?.leaderEpoch ?? -1,
      offset,
      maxBytes: PARTITION_BYTES,
    }));
    const topics = [{ topicId: this.#topic.id ?? '', partitions: asked }];
    const request = { maxWaitMs: waitMs, maxBytes: ANSWER_BYTES, topics };
    return this.#cluster.ask(nodeId, FETCH, request, { channel: channelOf(lane), timeoutMs: waitMs + LATE_MS });
  }

  /** Gives up a request to a broker that hangs when its partitions have other leaders. */
  #watch(flight: Flight): () => void {
    const isElsewhere = ({ partition }: Started) =>
      (this.#topic.leaderOf(partition)?.leader ?? flight.nodeId) !== flight.nodeId;
    return watch(this.#timers, {
      firstMs: flight.waitMs + WATCH_MS,
      everyMs: WATCH_MS,
      look: async () => {
        await this.#refresh();
        return flight.partitions.some(isElsewhere);
      },
      giveUp: () => {
        this.#lanes.end(flight);
        this.changed();
        void this.#cluster.dropConnection(flight.nodeId, channelOf(flight.lane));
      },
    });
  }

  async #take(flight: Flight, { errorCode, topics }: FetchResponse): Promise<void> {
    refuse(errorCode);
    const room: Room = { left: UNPACKED_BYTES };
    for (const fetched of topics.flatMap(({ partitions }) => partitions)) {
      const started = this.#started.get(fetched.partition);
      if (started === undefined || !this.#isOf(started, flight)) continue;
      const error = errorName(fetched.errorCode);
      if (error !== undefined) this.#setbacks.refused(started, error);
      else if (fetched.records.length === 0) this.#setbacks.over(started);
      else await this.#read(flight, started, fetched, room);
    }
  }

  async #read(flight: Flight, started: Started, fetched: FetchedPartition, room: Room): Promise<void> {
    const { partition, offset: from } = started;
    const maxBytes = this.#options.maxBatchBytes;
    const { records, until, unreadable } = await readBatches(fetched, { from, known: this.#known, maxBytes, room });
    if (!this.#isOf(started, flight)) return;
    if (until > from) {
      started.offset = until;
      this.#setbacks.over(started);
      this.#started.delete(partition);
      this.#started.set(partition, started);
      this.#listener.onBatch({ partition, from, until, records });
    }
    if (unreadable !== undefined && this.#isOf(started, flight)) this.#setbacks.unreadable(started, unreadable);
  }

  #resume(started: Started): void {
    started.isResting = false;
    this.changed();
  }

  /** Looks the topic up. Resolves even if no broker answers; the known leaders are used until the next lookup. */
  async #refresh(): Promise<void> {
    try {
      await this.#topic.refresh();
    } catch (thrown) {
      const error = kafkaError(thrown, `look up topic ${this.#options.topic}`);
      if (error instanceof AccessRefusedError) this.#fail(error);
      return;
    }
    if (this.#topic.isReplaced) this.#end(() => this.#listener.onTopicReplaced());
    else if (this.#topic.error === 'TOPIC_AUTHORIZATION_FAILED')
      this.#fail(kafkaError(new ProtocolError(this.#topic.error), `read topic ${this.#options.topic}`));
  }

  #fail(error: Error): void {
    this.#end(() => this.#listener.onFailed(error));
  }

  #end(tell: () => void): void {
    if (this.#isClosed) return;
    this.close();
    tell();
  }

  #isCurrent(started: Started): boolean {
    return this.#started.get(started.partition) === started;
  }

  #isOf(started: Started, flight: Flight): boolean {
    return this.#isCurrent(started) && started.flight === flight;
  }
}

function channelOf(lane: Flight['lane']): string {
  return `fetch ${lane}`;
}
