import { Queue } from '../../core/publish/queue.js';
import type { Topic } from '../client/topics.js';
import type { Entry } from './call.js';
import { PartitionQueue, type ProducerIds } from './partition-queue.js';
import { partitionOf } from './partitioner.js';

/** The number of waiting records without a key after which the next partition is used. */
const KEYLESS_RUN = 100;

/** The records on their way to one topic. */
export class TopicQueue {
  /** Records that wait until the partitions are known. */
  readonly #unplaced = new Queue<Entry>();
  readonly #partitions: (PartitionQueue | undefined)[] = [];
  /** The number of partitions. It never shrinks, unless the topic was created again. */
  #count = 0;
  /**
   * The partition for records without a key. It starts at random, so that the processes of a service start with
   * different ones.
   */
  #next = Math.floor(Math.random() * 2 ** 20);
  #id: string | undefined;
  /** The time of the last publish, in ms of the monotonic clock. */
  lastUsed = 0;
  /** Why its partitions are unknown. */
  lastError: Error | undefined;

  constructor(
    readonly name: string,
    private readonly producerIds: ProducerIds,
  ) {}

  /** Whether the topic has ever been found. */
  get isKnown(): boolean {
    return this.#count > 0;
  }

  get isWaiting(): boolean {
    this.#dropSettled();
    return this.#unplaced.length > 0;
  }

  /**
   * Adds the record to its partition, in order. Returns the partition, or `undefined` if the partitions are unknown.
   */
  add(entry: Entry): PartitionQueue | undefined {
    if (this.#count > 0) return this.#place(entry);
    this.#dropSettled();
    this.#unplaced.add(entry);
    return undefined;
  }

  /** Learns the partitions. Returns those that have records to send. */
  learn({ id, partitions }: Topic): readonly PartitionQueue[] {
    const isAnother = this.#id !== undefined && this.#id !== id;
    if (isAnother) for (const queue of this.#partitions) queue?.begunAnew();
    this.#id = id;
    // A broker that lags may not know of partitions that were added; keys would go back and forth.
    this.#count = isAnother ? partitions.length : Math.max(this.#count, partitions.length);
    this.lastError = undefined;
    const placed = new Set<PartitionQueue>();
    for (let entry = this.#unplaced.take(); entry !== undefined; entry = this.#unplaced.take())
      if (!entry.call.isSettled) placed.add(this.#place(entry));
    return [...placed];
  }

  /**
   * Returns the reason why records of this partition are not confirmed yet. If the topic is gone, a partition only
   * knows that it has no leader.
   */
  reasonOf(queue: PartitionQueue | undefined): Error | undefined {
    return this.lastError instanceof DeletedTopicError ? this.lastError : (queue?.lastError ?? this.lastError);
  }

  /** Fails all records that wait for a partition. */
  failUnplaced(error: Error): void {
    for (let entry = this.#unplaced.take(); entry !== undefined; entry = this.#unplaced.take()) entry.call.fail(error);
  }

  /** Fails all records that are not under way. */
  fail(error: Error): void {
    this.failUnplaced(error);
    for (const queue of this.#partitions) queue?.fail(error);
  }

  /** Drops records whose callers no longer wait. The oldest are the first to be too late. */
  #dropSettled(): void {
    while (this.#unplaced.first?.call.isSettled === true) this.#unplaced.take();
  }

  #place(entry: Entry): PartitionQueue {
    const partition = partitionOf(entry.record.key, this.#count) ?? this.#partitionForKeyless();
    const queue = this.#queue(partition);
    queue.add(entry);
    return queue;
  }

  /**
   * Returns the next partition whose last attempt did not fail, if there is one.
   *
   * Records that wait together go to one partition, up to {@link KEYLESS_RUN}, because a batch for each partition would
   * cost more than the records.
   */
  #partitionForKeyless(): number {
    const waiting = this.#partitions[this.#next % this.#count]?.waiting ?? 0;
    if (waiting === 0 || waiting >= KEYLESS_RUN) this.#next += 1;
    for (let n = 0; n < this.#count; n += 1) {
      const partition = (this.#next + n) % this.#count;
      if (this.#partitions[partition]?.lastError === undefined) return partition;
    }
    return this.#next % this.#count;
  }

  #queue(partition: number): PartitionQueue {
    return (this.#partitions[partition] ??= new PartitionQueue(this.name, partition, this.producerIds));
  }
}

/**
 * A deleted topic is not created again: whoever deleted it may want another one, and the records of both would be
 * mixed.
 */
export class DeletedTopicError extends Error {
  constructor(topic: string) {
    super(`topic ${topic} was deleted while this process published to it: create it again`);
  }
}
