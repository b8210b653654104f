import { setMaxListeners } from 'node:events';
import type { ReceivedRecord } from '../../core/backend.js';
import { commitMetadata, type InHand, type Memory, NO_MEMORY, readMemory } from './commit-metadata.js';
import type { Batch, Committed, Records, StoredRecord } from '../port.js';
import { receivedRecord } from '../records/received.js';

/** Reading pauses while the records that were not handed over take more than this, in bytes. */
const ENOUGH_BYTES = 4 * 1024 * 1024;

/**
 * After `vanished` members in a row vanished at the same position, records are handed over one by one. This applies to
 * as many records as the last member may have handed over during its last commit: `records`, times `factor` for each
 * further member.
 */
const SUSPICIOUS = { vanished: 2, records: 1_000, factor: 4 };

/** A record that was handed over. */
export interface Call {
  readonly offset: number;
  readonly record: ReceivedRecord;
  state: 'open' | 'settled' | 'unsettled';
}

/**
 * An assigned partition: the records that were read but not handed over, the window of handed-over records, and the
 * settled progress.
 *
 * Records that were read are kept, so none is read twice. The limit is one window or 4 MiB, whichever is less, plus two
 * responses of the broker.
 */
export class Partition {
  readonly lost = new AbortController();
  #unread: Records[] = [];
  /** The largest possible number of these records. */
  #waiting = 0;
  #unreadBytes = 0;
  /** The smallest possible offset of the next record. */
  #next: number;
  readonly #window: Call[] = [];
  #until: number;
  #committed: Place;
  readonly #memory: Memory;
  /** Offsets that an earlier member settled and that were not reached yet. */
  readonly #settledBefore: Set<number>;
  #isFull = false;
  #resumeAt = 0;
  #open = 0;
  /** Whether there may be new progress to commit. */
  #hasChanged = false;
  /** The number of settled calls, and how many of them a commit includes. */
  #finished = 0;
  #said = 0;

  /** How many members vanished with the record at {@link #takenAt} in hand. */
  readonly #vanished: number;
  readonly #takenAt: number;
  /** How many of the next records are handed over alone, each after the commit of the one before. */
  #suspects: number;
  #isReleased = false;
  /** Whether a commit has marked the partition as being in use by this member. */
  #isMarked = false;
  #isGivenBack = false;
  #hasBegun = false;
  /** Whether the group had no committed offset, or one of another topic of this name. */
  readonly isNew: boolean;

  /** Without a committed offset, the partition begins at the start of the log. */
  constructor(
    private readonly place: {
      readonly topic: string;
      readonly partition: number;
      readonly maxInFlight: number;
      /** The size of the window, at most {@link maxInFlight}. */
      readonly window: number;
      /** Whether the current commit is late. */
      readonly isLate: () => boolean;
      /** See `Memory`. */
      readonly topicId: string | undefined;
      readonly member: string;
    },
    committed: Place | undefined,
  ) {
    const { topicId, member, maxInFlight } = place;
    const { offset, metadata } = committed ?? { offset: 0, metadata: '' };
    const memory = readMemory(offset, metadata);
    const isOther = memory.topic !== undefined && topicId !== undefined && memory.topic !== topicId;
    this.isNew = committed === undefined || isOther;
    this.#memory = isOther ? { ...NO_MEMORY, once: memory.once } : memory;
    this.#takenAt = isOther ? 0 : offset;
    this.#next = this.#takenAt;
    this.#until = this.#takenAt;
    this.#committed = committed ?? { offset: -1, metadata: '' };
    this.#settledBefore = new Set(this.#memory.settled);
    this.#vanished = vanishedBefore(this.#memory.inHand, member);
    this.#suspects = suspectsAfter(this.#vanished, maxInFlight);
    this.#hasChanged = true;
    // One signal for all calls: a signal for each would cost more than everything else.
    setMaxListeners(0, this.lost.signal);
  }

  /** Whether the committed offset belongs to another topic that had the same name. */
  static isOfOther({ offset, metadata }: Place, topicId: string | undefined): boolean {
    const { topic } = readMemory(offset, metadata);
    return topic !== undefined && topicId !== undefined && topic !== topicId;
  }

  /** The offset of the next batch, unless the log was cut. */
  get until(): number {
    return this.#until;
  }

  /** Whether the partition is moving to another member. No more of its records start. */
  get isGivenBack(): boolean {
    return this.#isGivenBack;
  }

  giveBack(): void {
    this.#isGivenBack = true;
  }

  /** From now on, commits mark the partition as unused. */
  release(): void {
    this.#isReleased = true;
    this.#hasChanged = true;
  }

  /** Allows records to be handed over before the first commit is answered. */
  mark(): void {
    this.#isMarked = true;
  }

  /** Continues at another offset, because the records at the current one do not exist (yet, or any more). */
  jump(to: number): void {
    this.#until = to;
    if (this.#waiting === 0) this.#next = to;
    this.#settledBefore.clear();
    this.#hasChanged = true;
  }

  get open(): number {
    return this.#open;
  }

  /** Whether enough records have been read: reading pauses. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Adds a batch, whatever its first offset. */
  append({ records, from, until }: Batch): void {
    if (this.#waiting === 0) this.#next = from;
    this.#unread.push(...records);
    for (const { left, bytes } of records) {
      this.#waiting += left;
      this.#unreadBytes += bytes;
    }
    this.#until = until;
    this.#hasChanged = true;
    if (this.#waiting === 0) this.#next = until;
    if (this.#isFull || (this.#waiting <= this.place.maxInFlight && this.#unreadBytes <= ENOUGH_BYTES)) return;
    this.#isFull = true;
    this.#resumeAt = Math.floor(this.#waiting / 2);
  }

  /**
   * Returns the next call, if there is one and the window has room. While a commit is late, at most one more window is
   * handed out: if the broker is away, those records might be handled again by another member.
   */
  take(): Call | undefined {
    const { maxInFlight, window, isLate } = this.place;
    if (!this.#isMarked || this.#isGivenBack) return undefined;
    for (;;) {
      if (this.#window.length >= window) return undefined;
      if (this.#suspects > 0 && (this.#window.length > 0 || this.#finished > this.#said)) return undefined;
      if (this.#finished - this.#said >= maxInFlight && isLate()) return undefined;
      const stored = this.#takeStored();
      if (stored === undefined) return undefined;
      const received = receivedRecord(stored, { ...this.place, passed: this.#memory.ranges });
      const abandoned = this.#takeAbandoned();
      const record = abandoned === 0 ? received : { ...received, abandoned };
      const call: Call = { offset: stored.offset, record, state: 'open' };
      if (!this.#settledBefore.delete(stored.offset)) {
        this.#window.push(call);
        this.#open += 1;
        return call;
      }
      // While an earlier record is unsettled, later commits must still list this one.
      if (this.#window.length > 0) this.#window.push({ ...call, state: 'settled' });
    }
  }

  ended(call: Call, state: 'settled' | 'unsettled'): void {
    call.state = state;
    this.#open -= 1;
    if (state === 'settled') {
      this.#hasChanged = true;
      this.#finished += 1;
    }
    while (this.#window[0]?.state === 'settled') this.#window.shift();
  }

  /** Whether reading should continue, because enough records have been handed over. Returns true only once. */
  takeResume(): boolean {
    if (!this.#isFull || this.#waiting > this.#resumeAt) return false;
    this.#isFull = false;
    return true;
  }

  /**
   * The progress to commit: the longest settled prefix, and the settled offsets behind it. `undefined` if it is already
   * committed.
   */
  get toCommit(): Progress | undefined {
    if (!this.#hasChanged) return undefined;
    // Forget offsets whose records are no longer retained: they will never be taken.
    for (const each of this.#settledBefore) if (each < this.#next) this.#settledBefore.delete(each);
    const offset = this.#window[0]?.offset ?? this.#next;
    const settled = this.#window.filter(({ state }) => state === 'settled').map((call) => call.offset);
    const { topicId: topic = this.#memory.topic, member } = this.place;
    const vanished = offset === this.#takenAt ? this.#vanished : 0;
    const metadata = commitMetadata(offset, {
      ...this.#memory,
      topic,
      inHand: this.#isReleased ? undefined : { vanished, member },
      settled: this.#settledBefore.size === 0 ? settled : [...settled, ...this.#settledBefore],
    });
    if (offset !== this.#committed.offset || metadata !== this.#committed.metadata)
      return { offset, metadata, finished: this.#finished };
    this.#hasChanged = false;
    return undefined;
  }

  committed(progress: Progress): void {
    this.#committed = progress;
    this.#said = progress.finished;
    this.#isMarked = true;
  }

  /**
   * How many members vanished with the record that is handed over now. Only the oldest record certainly was in their
   * hands.
   */
  #takeAbandoned(): number {
    const isFirst = !this.#hasBegun;
    this.#hasBegun = true;
    if (this.#suspects > 0) this.#suspects -= 1;
    return isFirst ? this.#vanished : 0;
  }

  #takeStored(): StoredRecord | undefined {
    for (let records = this.#unread[0]; records !== undefined; records = this.#unread[0]) {
      const { left } = records;
      const stored = records.next(this.#next);
      this.#waiting -= left - records.left;
      if (records.left === 0) {
        this.#unread.shift();
        this.#unreadBytes -= records.bytes;
      }
      if (stored !== undefined) {
        this.#next = this.#waiting === 0 ? this.#until : stored.offset + 1;
        return stored;
      }
    }
    this.#next = this.#until;
    return undefined;
  }
}

type Place = Pick<Committed, 'offset' | 'metadata'>;

/** The progress to commit, and the number of settled calls it includes. */
export interface Progress extends Place {
  readonly finished: number;
}

/** A member that was away and got the partition back did not vanish. */
function vanishedBefore(inHand: InHand | undefined, member: string): number {
  if (inHand === undefined) return 0;
  return inHand.member === member ? inHand.vanished : inHand.vanished + 1;
}

function suspectsAfter(vanished: number, maxInFlight: number): number {
  if (vanished < SUSPICIOUS.vanished) return 0;
  return maxInFlight + SUSPICIOUS.records * SUSPICIOUS.factor ** (vanished - SUSPICIOUS.vanished);
}
