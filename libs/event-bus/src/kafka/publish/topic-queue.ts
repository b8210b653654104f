import { Queue } from '../../core/queue.js';
import type { Topic } from '../client/topics.js';
import type { Entry } from './call.js';
import { PartitionQueue, type ProducerIds } from './partition-queue.js';
import { partitionOf } from './partitioner.js';

/** After so many records without a key that wait for one partition, the next one has its turn. */
const KEYLESS_RUN = 100;

/** What is on its way to one topic. */
export class TopicQueue {
  /** Which wait to hear which partitions there are. */
  readonly #unplaced = new Queue<Entry>();
  readonly #partitions: (PartitionQueue | undefined)[] = [];
  /** How many partitions the topic has; it never has fewer, unless it was made anew. */
  #count = 0;
  /** Of records without a key. At random, so that the processes of a service do not all begin with the same. */
  #next = Math.floor(Math.random() * 2 ** 20);
  #id: string | undefined;
  /** When a record was published to it last, by the monotonic clock. */
  lastUsed = 0;
  /** Why its partitions are not known. */
  lastError: Error | undefined;

  constructor(
    readonly name: string,
    private readonly producerIds: ProducerIds,
  ) {}

  /** Whether it was there once. */
  get isKnown(): boolean {
    return this.#count > 0;
  }

  get isWaiting(): boolean {
    this.#dropSettled();
    return this.#unplaced.length > 0;
  }

  /** Puts the record where it belongs, in order; answers with the partition, once that is known. */
  add(entry: Entry): PartitionQueue | undefined {
    if (this.#count > 0) return this.#place(entry);
    this.#dropSettled();
    this.#unplaced.add(entry);
    return undefined;
  }

  /** Takes what was found out; answers with the partitions that have more to send. */
  learn({ id, partitions }: Topic): readonly PartitionQueue[] {
    if (this.#id !== undefined && this.#id !== id) for (const queue of this.#partitions) queue?.begunAnew();
    this.#id = id;
    this.#count = partitions.length;
    this.lastError = undefined;
    const placed = new Set<PartitionQueue>();
    for (let entry = this.#unplaced.take(); entry !== undefined; entry = this.#unplaced.take())
      if (!entry.call.isSettled) placed.add(this.#place(entry));
    return [...placed];
  }

  /** Why what goes to this partition was not taken so far. A partition whose topic is gone only sees that it has no leader. */
  reasonOf(queue: PartitionQueue | undefined): Error | undefined {
    return this.lastError instanceof DeletedTopicError ? this.lastError : (queue?.lastError ?? this.lastError);
  }

  /** Has all that waits to be placed fail. */
  failUnplaced(error: Error): void {
    for (let entry = this.#unplaced.take(); entry !== undefined; entry = this.#unplaced.take()) entry.call.fail(error);
  }

  /** Has all fail that is not under way. */
  fail(error: Error): void {
    this.failUnplaced(error);
    for (const queue of this.#partitions) queue?.fail(error);
  }

  /** From the front: the oldest are the first to be too late. */
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
   * The next one that has not failed last, if there is one. Records that come together stay together, up to {@link KEYLESS_RUN}: a batch for
   * each partition would cost more than the records.
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

/** A topic that was there is not made anew: whoever deleted it may want another one, and records of two would be mixed. */
export class DeletedTopicError extends Error {
  constructor(topic: string) {
    super(`topic ${topic} was deleted while this process published to it: make it again`);
  }
}
