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

/** How soon a batch that cannot be read is tried again, in ms. */
const UNREADABLE_MS = 5_000;

interface Options {
  readonly cluster: Cluster;
  readonly name: string;
  readonly topic: TopicMetadata;
  readonly listener: FetchListener;
  readonly timers: Timers;
  readonly isCurrent: (started: Started) => boolean;
  /** Looks the topic up; never rejects. */
  readonly refresh: () => Promise<void>;
  readonly resume: (started: Started) => void;
  readonly fail: (error: Error) => void;
}

/** What becomes of a partition that cannot be read at the moment: it rests, the others go on, and it is tried again. */
export class Setbacks {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The broker answered with an error for this partition. */
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

  /** It is asked for again after a while, of the leader that it has by then. */
  failed(started: Started, error: Error): void {
    const { name, topic, listener, timers, isCurrent, refresh, resume } = this.#options;
    if (!isCurrent(started)) return;
    const now = performance.now();
    timers.after(started.fail(now), () => void refresh().then(() => resume(started)));
    // Who owns the topic knows that it is gone.
    const seconds = topic.error === undefined ? started.longFailing(now) : undefined;
    if (seconds === undefined) return;
    const { partition, offset } = started;
    const what = `Kafka: partition ${partition} of ${name} could not be read for ${seconds} s`;
    const told = new UnavailableError(`${what}: ${error.message}. It is tried again.`, { cause: error });
    listener.onUnreadable(partition, offset, told);
  }

  /** It was read. */
  over(started: Started): void {
    if (started.succeed()) this.#options.listener.onReadable?.(started.partition, started.offset);
  }

  /** The next batch cannot be read. Another replica may have it whole, so it is tried again. */
  unreadable(started: Started, batch: UnreadableBatch): void {
    const { name, listener, timers, resume } = this.#options;
    const { partition } = started;
    started.rest();
    timers.after(UNREADABLE_MS, () => resume(started));
    if (!started.mayTell(performance.now())) return;
    listener.onUnreadable(partition, batch.offset, unreadableError({ topic: name, partition }, batch));
  }

  /** What was to be read next is not there, unless the broker does not know it yet. */
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
