import { setMaxListeners } from 'node:events';
import type { ReceivedRecord } from '../../core/backend.js';
import { commitMetadata, type InHand, type Memory, NO_MEMORY, readMemory } from './commit-metadata.js';
import type { Batch, Committed, Records, StoredRecord } from '../port.js';
import { receivedRecord } from '../records/received.js';

/** No more is read while what was read and not handed over takes more than this, in bytes. */
const ENOUGH_BYTES = 4 * 1024 * 1024;

/**
 * After so many members that vanished in a row before the position had moved, records are handed over one by one: so many as the last one may have
 * handed over while its commit travelled, and four times as many after each further one.
 */
const SUSPICIOUS = { vanished: 2, records: 1_000, factor: 4 };

/** A record that was handed over. */
export interface Call {
  readonly offset: number;
  readonly record: ReceivedRecord;
  state: 'open' | 'settled' | 'unsettled';
}

/**
 * One assigned partition: what was read and not yet handed over, the window of what was, and how far it is settled.
 *
 * Records that have been read are kept, so that none is read twice: at most a window or 4 MiB of them, whichever is less, and two answers of
 * the broker.
 */
export class Partition {
  readonly lost = new AbortController();
  #unread: Records[] = [];
  /** How many records that is, at most. */
  #waiting = 0;
  #unreadBytes = 0;
  /** Where the next record may lie, among those that are there. */
  #next: number;
  readonly #window: Call[] = [];
  #until: number;
  #committed: Place;
  readonly #memory: Memory;
  /** Settled by an earlier member, and not yet passed. */
  readonly #settledBefore: Set<number>;
  #isFull = false;
  #resumeAt = 0;
  #open = 0;
  /** Whether there may be something to commit. */
  #hasChanged = false;
  /** How many calls have ended settled, and how many of them a commit has said. */
  #finished = 0;
  #said = 0;

  /** How many members vanished with the record at {@link #takenAt} in hand. */
  readonly #vanished: number;
  readonly #takenAt: number;
  /** How many records to come are handed over alone, each when the commit of the one before it has been answered. */
  #suspects: number;
  #isReleased = false;
  /** Whether others know that the partition is in this member's hands. */
  #isMarked = false;
  #isGivenBack = false;
  #hasBegun = false;
  /** Whether the group had no place in it, or one of another topic. */
  readonly isNew: boolean;

  /** Without a place it begins where the log does. */
  constructor(
    private readonly place: {
      readonly topic: string;
      readonly partition: number;
      readonly maxInFlight: number;
      /** How large the window is, at most {@link maxInFlight}. */
      readonly window: number;
      /** Whether a commit should have been answered by now. */
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
    // A signal for each call would cost more than all else; they are lost together.
    setMaxListeners(0, this.lost.signal);
  }

  /** Whether the committed place is of a topic that had the same name. */
  static isOfOther({ offset, metadata }: Place, topicId: string | undefined): boolean {
    const { topic } = readMemory(offset, metadata);
    return topic !== undefined && topicId !== undefined && topic !== topicId;
  }

  /** Where the next batch begins, unless the log was cut. */
  get until(): number {
    return this.#until;
  }

  /** Whether it is on its way to another member: nothing more of it starts. */
  get isGivenBack(): boolean {
    return this.#isGivenBack;
  }

  giveBack(): void {
    this.#isGivenBack = true;
  }

  /** From here on commits say that nobody has it in hand. */
  release(): void {
    this.#isReleased = true;
    this.#hasChanged = true;
  }

  /** Records may be handed over, though the commit that says so has not been answered. */
  mark(): void {
    this.#isMarked = true;
  }

  /** What was to be read is not there any more, or not yet: goes on elsewhere. */
  jump(to: number): void {
    this.#until = to;
    if (this.#waiting === 0) this.#next = to;
    this.#settledBefore.clear();
    this.#hasChanged = true;
  }

  get open(): number {
    return this.#open;
  }

  /** Whether there is enough to go on with, so that no more should be read. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Takes what was read, wherever it begins. */
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
   * The next call, while the window has room, and while no more than another window has been finished that a late commit has not said: when a
   * broker is away, what was read would else be handled here and once more elsewhere.
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
      // Behind one that is not, it has to be remembered further on.
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

  /** Whether so much of what was read has been handed over that reading should go on; says so once. */
  takeResume(): boolean {
    if (!this.#isFull || this.#waiting > this.#resumeAt) return false;
    this.#isFull = false;
    return true;
  }

  /** The longest finished prefix, with what is finished behind it, unless that is committed already. */
  get toCommit(): Progress | undefined {
    if (!this.#hasChanged) return undefined;
    // Records that are not retained any more are never taken.
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

  /** How often the record that is handed over now was in the hands of one that vanished: only the oldest is sure to have been. */
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

/** What to commit, and how many calls had ended settled by then. */
export interface Progress extends Place {
  readonly finished: number;
}

/** A member that was away and has it again did not vanish. */
function vanishedBefore(inHand: InHand | undefined, member: string): number {
  if (inHand === undefined) return 0;
  return inHand.member === member ? inHand.vanished : inHand.vanished + 1;
}

function suspectsAfter(vanished: number, maxInFlight: number): number {
  if (vanished < SUSPICIOUS.vanished) return 0;
  return maxInFlight + SUSPICIOUS.records * SUSPICIOUS.factor ** (vanished - SUSPICIOUS.vanished);
}
