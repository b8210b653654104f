import { asError, delayMs } from '../../core/backoff.js';
import { Queue } from '../../core/publish/queue.js';
import { Batch } from './batch.js';
import { type BatchIdentity, stampBatch } from './batch-writer.js';
import { BACKOFF } from './backoff.js';
import type { Entry } from './call.js';

/** A broker recognizes the last five batches of a producer in a partition, so no more may be open. */
const MAX_BATCHES = 5;
/** Brokers accept batches of 1 MiB by default. The queue adapts to topics that accept less. */
const BATCH_BYTES = { atFirst: 950_000, least: 1_000 };
/** Sequence numbers and epochs restart after these. */
const SEQUENCES = 2 ** 31;
const MAX_EPOCH = 2 ** 15 - 1;
/**
 * A broker forgets a producer that was idle for `producer.id.expiration.ms` (a day by default), and then accepts any
 * sequence number. After a pause of this length, in ms, the first batch is sent alone.
 */
const IDLE_MS = 60_000;

/** Returns a producer id other than `insteadOf`, which is useless now. Returns `undefined` while one is requested. */
export type ProducerIds = (insteadOf?: bigint) => bigint | undefined;

/**
 * The records on their way to one partition, in order.
 *
 * - A batch keeps its sequence number, however often it is sent, until its outcome is known. So it is in the log once.
 * - After a failure nothing is sent until everything under way has an answer. Then the batches are sent again, one
 *   after the other, in order.
 * - Numbers restart, under the next epoch, only while the oldest open batch cannot be in the log. The later ones cannot
 *   be there either. As long as the oldest may be there, it is sent under its old number.
 * - Everything under way goes to one broker. After the leader moved, nothing is sent to the new one before the old one
 *   has answered: the new one could accept so much behind a batch that it no longer recognizes that batch.
 */
export class PartitionQueue {
  readonly #waiting = new Queue<Entry>();
  /**
   * Batches that were sent and are neither known to be in the log nor refused, in the order of their sequence numbers.
   */
  #batches: Batch[] = [];
  #underWay = 0;
  /** The broker to which the open batches were sent. */
  #nodeId: number | undefined;
  #producerId: bigint | undefined;
  #epoch = 0;
  #nextSequence: number;
  /** Whether the broker has stored a batch under the current numbers. Until then it detects no gaps. */
  #isKnown = false;
  #batchBytes = BATCH_BYTES.atFirst;
  /** How to restart the numbers when nothing is under way. */
  #renewal: 'epoch' | 'producer id' | undefined;
  #failures = 0;
  /** A time of the monotonic clock, in ms. */
  #notBefore = 0;
  /** The time at which a batch was last sent, in ms of the monotonic clock. */
  #sentAt = -Infinity;
  /** The last error of the partition. */
  lastError: Error | undefined;

  constructor(
    readonly topic: string,
    readonly partition: number,
    private readonly producerIds: ProducerIds,
    /** The sequence number of the first record. */
    firstSequence = 0,
  ) {
    this.#nextSequence = firstSequence;
  }

  /** Nothing is sent before this time after a failure, in ms of the monotonic clock. */
  get notBefore(): number {
    return this.#notBefore;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#batches.length === 0;
  }

  /** The number of records that have not been sent. */
  get waiting(): number {
    return this.#waiting.length;
  }

  add(entry: Entry): void {
    this.#waiting.add(entry);
  }

  /**
   * Returns the batch to send now, if there is one. A new batch has at most `maxRecords` records.
   *
   * The batch is under way until {@link taken}, {@link refused} or {@link failed} is called for it.
   */
  next(now: number, maxRecords: number, nodeId?: number): Batch | undefined {
    if (now < this.#notBefore) return undefined;
    if (this.#underWay > 0 && nodeId !== this.#nodeId) return undefined;
    this.dropUnwanted();
    if (this.#batches.length === 0 && now - this.#sentAt > IDLE_MS) this.#isKnown = false;
    const isRecovering = this.#renewal !== undefined || this.#batches.length > this.#underWay;
    if ((isRecovering || !this.#isKnown) && this.#underWay > 0) return undefined;
    const mayRenew = this.#batches[0]?.mayBeThere !== true;
    if (this.#renewal !== undefined && mayRenew && !this.#renew()) return undefined;
    if (this.#producerId === undefined && !this.#begin()) return undefined;
    const batch = isRecovering && this.#batches[0] !== undefined ? this.#batches[0] : this.#newBatch(maxRecords);
    if (batch === undefined) return undefined;
    batch.isUnderWay = true;
    batch.mayBeThere = true;
    this.#underWay += 1;
    this.#sentAt = now;
    this.#nodeId = nodeId;
    return batch;
  }

  /** Writes the identity into the batch, unless it is already there. */
  stamp(batch: Batch): void {
    if (batch.isStamped || batch.bytes === undefined) return;
    stampBatch(batch.bytes, this.#identityOf(batch));
    batch.isStamped = true;
  }

  taken(batch: Batch): void {
    this.#landed(batch);
    this.#remove(batch);
    this.#isKnown = true;
    this.#failures = 0;
    this.lastError = undefined;
  }

  /** Call this if the topic does not accept a batch of this size. */
  tooLarge(bytes: number): void {
    this.#batchBytes = Math.max(BATCH_BYTES.least, Math.min(this.#batchBytes, Math.floor(bytes / 2)));
  }

  /** Call this if the broker will never accept the batch and has not stored it. `instead` replaces it. */
  refused(batch: Batch, instead: readonly (readonly Entry[])[]): void {
    this.#landed(batch);
    const at = this.#batches.indexOf(batch);
    this.#batches.splice(at, 1, ...instead.filter((entries) => entries.length > 0).map((of) => new Batch(of)));
    // Its number is free now, but later batches keep theirs: there is a gap.
    this.#renewal ??= 'epoch';
  }

  /** Call this if the batch must be sent again under its number, because the broker may have stored it. */
  failed(batch: Batch, error: Error, now: number): void {
    this.#landed(batch);
    this.#pause(error, now);
  }

  /** Call this if the broker misses the records before the batch, and so has not stored it. */
  foundGap(batch: Batch, error: Error, now: number): void {
    this.#landed(batch);
    batch.mayBeThere = false;
    // Only the oldest batch tells something new. Later ones miss earlier batches, which are sent again first.
    if (this.#batches[0] === batch) this.#renewal ??= 'epoch';
    this.#pause(error, now);
  }

  /** Call this if the broker does not know our numbers, and has not stored the batch. */
  forgotten(batch: Batch, error: Error, now: number): void {
    this.#landed(batch);
    batch.mayBeThere = false;
    if (this.#batches[0] === batch) this.#renewal = 'producer id';
    this.#pause(error, now);
  }

  /** Fails all records that are not under way. The broker answers for the others. */
  fail(error: Error): void {
    for (const batch of this.#batches) if (!batch.isUnderWay) batch.fail(error);
    for (let entry = this.#waiting.take(); entry !== undefined; entry = this.#waiting.take()) entry.call.fail(error);
    this.dropUnwanted();
  }

  /**
   * Call this when the topic was created again. Its brokers do not know our sequence numbers and do not detect gaps at
   * first.
   */
  begunAnew(): void {
    this.#isKnown = false;
  }

  #landed(batch: Batch): void {
    batch.isUnderWay = false;
    this.#underWay -= 1;
  }

  #remove(batch: Batch): void {
    const at = this.#batches.indexOf(batch);
    if (at >= 0) this.#batches.splice(at, 1);
  }

  #pause(error: Error, now: number): void {
    this.lastError = error;
    // One delay for all batches that were under way together.
    if (now < this.#notBefore) return;
    this.#failures += 1;
    this.#notBefore = now + delayMs(BACKOFF, this.#failures);
  }

  /**
   * Drops records whose callers no longer wait.
   *
   * It stays unknown whether the broker has such a batch. If it does not, the next batch finds the gap and the numbers
   * restart.
   */
  dropUnwanted(): void {
    if (this.#batches.length > this.#underWay)
      this.#batches = this.#batches.filter((batch) => batch.isUnderWay || batch.isWanted);
    for (let entry = this.#waiting.first; entry !== undefined; entry = this.#waiting.first) {
      const { call } = entry;
      if (call.isGivenUp) call.fail(asError(call.signal?.reason));
      if (!call.isSettled) return;
      this.#waiting.take();
    }
  }

  #newBatch(maxRecords: number): Batch | undefined {
    if (this.#batches.length >= MAX_BATCHES) return undefined;
    const entries: Entry[] = [];
    let bytes = 0;
    while (entries.length < maxRecords) {
      this.dropUnwanted();
      const entry = this.#waiting.first;
      if (entry === undefined || (entries.length > 0 && bytes + entry.bytes > this.#batchBytes)) break;
      this.#waiting.take();
      bytes += entry.bytes;
      entry.call.isSent = true;
      entries.push(entry);
    }
    if (entries.length === 0) return undefined;
    const batch = new Batch(entries);
    this.#batches.push(batch);
    this.#number(batch);
    return batch;
  }

  #number(batch: Batch): void {
    batch.sequence = this.#nextSequence;
    batch.isStamped = false;
    this.#nextSequence = (this.#nextSequence + batch.count) % SEQUENCES;
  }

  #begin(): boolean {
    this.#producerId = this.producerIds();
    return this.#producerId !== undefined;
  }

  /** Takes a new identity and renumbers all open batches. Returns false while there is none. */
  #renew(): boolean {
    if (this.#renewal === 'producer id' || this.#epoch === MAX_EPOCH) {
      const fresh = this.producerIds(this.#producerId);
      if (fresh === undefined) return false;
      this.#producerId = fresh;
      this.#epoch = 0;
    } else {
      this.#epoch += 1;
    }
    this.#renewal = undefined;
    this.#isKnown = false;
    this.#nextSequence = 0;
    for (const batch of this.#batches) this.#number(batch);
    return true;
  }

  #identityOf({ sequence }: Batch): BatchIdentity {
    return { producerId: this.#producerId ?? -1n, epoch: this.#epoch, sequence };
  }
}
