import { asError, delayMs } from '../../core/backoff.js';
import { Queue } from '../../core/queue.js';
import { Batch } from './batch.js';
import { type BatchIdentity, stampBatch } from './batch-writer.js';
import { BACKOFF } from './backoff.js';
import type { Entry } from './call.js';

/** A broker recognizes the last five batches of a producer in a partition, so that no more may be open. */
const MAX_BATCHES = 5;
/** Brokers take batches of 1 MiB by default. Topics that take less are found out. */
const BATCH_BYTES = { atFirst: 950_000, least: 1_000 };
/** Sequence numbers and epochs begin anew behind these. */
const SEQUENCES = 2 ** 31;
const MAX_EPOCH = 2 ** 15 - 1;
/**
 * A broker forgets a producer that has been idle for `producer.id.expiration.ms` (a day by default), and then takes any number: after a
 * pause of so long, in ms, one batch goes alone.
 */
const IDLE_MS = 60_000;

/** Gives a producer id, another one than that which is of no use any more; `undefined` while there is none, and then one is being asked for. */
export type ProducerIds = (insteadOf?: bigint) => bigint | undefined;

/**
 * What is on its way to one partition, in order.
 *
 * - A batch keeps its sequence number, however often it is sent, until it is known what became of it: so it lies in the log once.
 * - After a failure nothing is sent before all that is under way has an answer; then the batches go again, one after the other, in order.
 * - Numbers begin anew, under the next epoch, only while the oldest open batch cannot be in the log: the ones behind it cannot be there
 *   either. As long as it may be there, it is sent under its old number.
 */
export class PartitionQueue {
  readonly #waiting = new Queue<Entry>();
  /** What was sent and is not known to be in the log or refused, in the order of the sequence numbers. */
  #batches: Batch[] = [];
  #underWay = 0;
  #producerId: bigint | undefined;
  #epoch = 0;
  #nextSequence: number;
  /** Whether the broker has taken something under these numbers: as long as it knows nothing of us, it finds no gaps. */
  #isKnown = false;
  #batchBytes = BATCH_BYTES.atFirst;
  /** How the numbers have to begin anew, once nothing is under way. */
  #renewal: 'epoch' | 'producer id' | undefined;
  #failures = 0;
  /** By the monotonic clock, in ms. */
  #notBefore = 0;
  /** When a batch was sent last, by the monotonic clock, in ms. */
  #sentAt = -Infinity;
  /** Why it was not taken the last time. */
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

  /** Until when it waits after a failure. */
  get notBefore(): number {
    return this.#notBefore;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#batches.length === 0;
  }

  /** How many records have not been sent. */
  get waiting(): number {
    return this.#waiting.length;
  }

  add(entry: Entry): void {
    this.#waiting.add(entry);
  }

  /**
   * The batch that has to be sent now, if one may: new ones have at most so many records. It counts as under way from here on, until
   * {@link taken}, {@link refused} or {@link failed} is called for it.
   */
  next(now: number, maxRecords: number): Batch | undefined {
    if (now < this.#notBefore) return undefined;
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
    return batch;
  }

  /** Writes into the batch under which number it is sent, unless it has that already. */
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

  /** The topic takes no batch of so many bytes. */
  tooLarge(bytes: number): void {
    this.#batchBytes = Math.max(BATCH_BYTES.least, Math.min(this.#batchBytes, Math.floor(bytes / 2)));
  }

  /** It never will be taken as it is, and was not: `instead` goes in its place. */
  refused(batch: Batch, instead: readonly (readonly Entry[])[]): void {
    this.#landed(batch);
    const at = this.#batches.indexOf(batch);
    this.#batches.splice(at, 1, ...instead.filter((entries) => entries.length > 0).map((of) => new Batch(of)));
    // Its number is free, and those behind it have theirs.
    this.#renewal ??= 'epoch';
  }

  /** It has to be sent again under its number: it may have been taken. */
  failed(batch: Batch, error: Error, now: number): void {
    this.#landed(batch);
    this.#pause(error, now);
  }

  /** The broker misses what came before, and so has not taken it. */
  foundGap(batch: Batch, error: Error, now: number): void {
    this.#landed(batch);
    batch.mayBeThere = false;
    // Only of the oldest one that is new: those behind it miss the ones before them, which go again first.
    if (this.#batches[0] === batch) this.#renewal ??= 'epoch';
    this.#pause(error, now);
  }

  /** The broker knows nothing of our numbers, and has not taken it. */
  forgotten(batch: Batch, error: Error, now: number): void {
    this.#landed(batch);
    batch.mayBeThere = false;
    if (this.#batches[0] === batch) this.#renewal = 'producer id';
    this.#pause(error, now);
  }

  /** Has all fail that is not under way: the broker answers for the rest. */
  fail(error: Error): void {
    for (const batch of this.#batches) if (!batch.isUnderWay) batch.fail(error);
    for (let entry = this.#waiting.take(); entry !== undefined; entry = this.#waiting.take()) entry.call.fail(error);
    this.dropUnwanted();
  }

  /** The topic was made anew: its brokers know nothing of our numbers, and find no gaps until they have taken something. */
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
    // One pause for all that was under way together.
    if (now < this.#notBefore) return;
    this.#failures += 1;
    this.#notBefore = now + delayMs(BACKOFF, this.#failures);
  }

  /**
   * Lets go of records that nobody waits for any more. Whether the broker has such a batch stays unknown: when it has not, the next one finds the gap, and the
   * numbers begin anew.
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

  /** Whether there is a new identity; all that is open is numbered anew under it. */
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
