import { Queue } from '../../core/queue.js';
import type { Topic } from '../client/topics.js';
import type { Entry } from './call.js';
import { PartitionQueue, type ProducerIds } from './partition-queue.js';
import { partitionOf } from './partitioner.js';

/** The records on their way to one topic. */
export class TopicQueue {
  /** Records that wait until the partitions are known. */
  readonly #unplaced = new Queue<Entry>();
  readonly #partitions: PartitionQueue[] = [];
  /** The number of partitions. It never shrinks, unless the topic was created again. */
  #count = 0;
  #next = 0;
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
    return this.#unplaced.length > 0;
  }

  /**
   * Adds the record to its partition, in order. Returns the partition, or `undefined` if the partitions are unknown.
   */
  add(entry: Entry): PartitionQueue | undefined {
    if (this.#count > 0) return this.#place(entry);
    this.#unplaced.add(entry);
    return undefined;
  }

  /** Learns the partitions. Returns those that have records to send. */
  learn({ partitions }: Topic): readonly PartitionQueue[] {
    this.#count = partitions.length;
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

  /** Sends records without a key to the next partition from now on. */
  turn(): void {
    this.#next += 1;
  }

  #place(entry: Entry): PartitionQueue {
    const partition = partitionOf(entry.record.key, this.#count) ?? this.#partitionForKeyless();
    const queue = this.#queue(partition);
    queue.add(entry);
    return queue;
  }

  /** Returns the next partition whose last attempt did not fail, if there is one. */
  #partitionForKeyless(): number {
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
    super(`topic ${topic} was deleted while this process published to it: make it again`);
  }
}
