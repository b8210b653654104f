import { asError } from '../../../core/backoff.js';
import { UnavailableError } from '../../../core/errors.js';
import type { Cluster } from '../../client/cluster.js';
import { kafkaError } from '../../client/errors.js';
import type { FetchListener } from '../../port.js';
import { ProtocolError } from '../../protocol/error-codes.js';
import type { UnreadableBatch } from '../../records/batches.js';
import { unreadableError } from '../../records/unreadable.js';
import { isOutOfRange, rangeOf } from './range.js';
import type { Started } from './started.js';
import type { Timers } from './timers.js';
import type { TopicMetadata } from './topic-metadata.js';

/** How long an unreadable batch waits before it is read again, in ms. */
const UNREADABLE_MS = 5_000;

interface Options {
  readonly cluster: Cluster;
  readonly name: string;
  readonly topic: TopicMetadata;
  readonly listener: FetchListener;
  readonly timers: Timers;
  readonly isCurrent: (started: Started) => boolean;
  /** Looks the topic up. Never rejects. */
  readonly refresh: () => Promise<void>;
  readonly resume: (started: Started) => void;
  readonly fail: (error: Error) => void;
}

/**
 * Handles partitions that cannot be read at the moment. Such a partition rests and is tried again; the others continue.
 */
export class Setbacks {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Call this if the broker answered with an error for this partition. */
  refused(started: Started, error: string): void {
    const { partition, offset } = started;
    const { name, fail } = this.#options;
    if (error === 'OFFSET_OUT_OF_RANGE') void this.#findPlace(started);
    else if (error === 'CORRUPT_MESSAGE')
      this.unreadable(started, { offset, until: undefined, error: new ProtocolError(error) });
    else if (error === 'TOPIC_AUTHORIZATION_FAILED')
      fail(kafkaError(new ProtocolError(error), `read partition ${partition} of ${name}`));
    else this.failed(started, new ProtocolError(error));
  }

  /** Call this if the partition could not be read. It is requested again later, from its leader at that time. */
  failed(started: Started, error: Error): void {
    const { name, topic, listener, timers, isCurrent, refresh, resume } = this.#options;
    if (!isCurrent(started)) return;
    const now = performance.now();
    timers.after(started.fail(now), () => void refresh().then(() => resume(started)));
    // A missing topic is reported elsewhere.
    const seconds = topic.error === undefined ? started.longFailing(now) : undefined;
    if (seconds === undefined) return;
    const { partition, offset } = started;
    const what = `Kafka: partition ${partition} of ${name} could not be read for ${seconds} s`;
    const told = new UnavailableError(`${what}: ${error.message}. Will try again.`, { cause: error });
    listener.onUnreadable(partition, offset, told);
  }

  /** Call this after the partition was read. */
  over(started: Started): void {
    if (started.succeed()) this.#options.listener.onReadable?.(started.partition, started.offset);
  }

  /** Call this if the next batch cannot be read. It is tried again, because another replica may have it intact. */
  unreadable(started: Started, batch: UnreadableBatch): void {
    const { name, listener, timers, resume } = this.#options;
    const { partition } = started;
    started.rest();
    timers.after(UNREADABLE_MS, () => resume(started));
    if (!started.mayTell(performance.now())) return;
    listener.onUnreadable(partition, batch.offset, unreadableError({ topic: name, partition }, batch));
  }

  /** Looks for a valid offset after an out-of-range error. The broker may also just not know the records yet. */
  async #findPlace(started: Started): Promise<void> {
    const { cluster, name, topic, listener, isCurrent, refresh, resume } = this.#options;
    const { partition, offset: asked } = started;
    started.rest();
    try {
      await refresh();
      const leader = topic.leaderOf(partition)?.leader;
      if (leader === undefined) throw new ProtocolError('LEADER_NOT_AVAILABLE');
      const range = await rangeOf(cluster, leader, { topic: name, partition });
      if (!isCurrent(started)) return;
      if (!isOutOfRange(started, range)) throw new ProtocolError('OFFSET_OUT_OF_RANGE');
      started.offset = listener.onOutOfRange(partition, { asked, ...range });
      this.over(started);
      resume(started);
    } catch (error) {
      this.failed(started, asError(error));
    }
  }
}
