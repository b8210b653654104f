import { setTimeout as pause } from 'node:timers/promises';

import type { Connection } from '../client/connection.js';
import { type EntryId, FIRST_ID } from '../records/entry-id.js';
import { entriesOf, entriesRead, type Entry } from '../client/replies.js';
import type { Reporter } from '../reporter.js';

export interface EntrySourceOptions {
  /** A connection for reading only, because a blocking read delays all commands behind it. */
  readonly reader: Connection;
  readonly connection: Connection;
  readonly topic: string;
  readonly group: string;
  readonly name: string;
  /** Entries of other members are claimed after this idle time, in ms. */
  readonly claimMs: number;
  /** The longest time that a read blocks, in ms. */
  readonly pollTimeoutMs: number;
  readonly reporter: Reporter;
}

/** The longest time that a read blocks on a cluster, in ms. There, another connection cannot unblock it. */
const CLUSTER_POLL_MS = 500;
const UNBLOCK_AGAIN_MS = 20;
const UNBLOCK_FOR_MS = 1_000;

/**
 * Reads the entries of one member, in this order:
 *
 * 1. entries pending under its own name
 * 2. entries that other members left behind
 * 3. new entries, alternating with entries left behind since
 *
 * Entries that were removed from the stream while pending are settled and reported.
 */
export class EntrySource {
  readonly #options: EntrySourceOptions;
  readonly #readerId: number | undefined;
  #own: EntryId | undefined = FIRST_ID;
  #abandoned: string | undefined = FIRST_ID;
  #isBeginning = true;
  #isTurnOfNew = false;
  /** Identifies the read that waits now. */
  #waiting: symbol | undefined;
  #removed: EntryId[] = [];
  #isEnding = false;
  #delivered = 0;

  private constructor(options: EntrySourceOptions, readerId: number | undefined) {
    this.#options = options;
    this.#readerId = readerId;
  }

  static async open(options: EntrySourceOptions): Promise<EntrySource> {
    const { reader } = options;
    return new EntrySource(options, reader.isCluster ? undefined : Number(await reader.send('CLIENT', 'ID')));
  }

  /** The number of new entries that this member has received. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Up to `want` entries in stream order. Waits for new entries if there are none, and may still resolve with none. */
  async next(want: number): Promise<readonly Entry[]> {
    if (this.#own !== undefined) {
      const entries = await this.#read(this.#own, want);
      this.#own = entries.at(-1)?.id;
      const there = await this.#withoutRemoved(entries);
      if (this.#own === undefined) this.#reportRemoved();
      return this.#counted(there);
    }
    if (this.#abandoned !== undefined && !this.#isTurnOfNew) {
      this.#isTurnOfNew = !this.#isBeginning;
      return this.#claim(this.#abandoned, want);
    }
    this.#isTurnOfNew = false;
    this.#isBeginning = false;
    return this.#abandoned === undefined ? this.#wait(want) : this.#read('>', want);
  }

  /** Call this when other members have left entries behind. */
  lookAgain(): void {
    this.#abandoned ??= FIRST_ID;
    void this.#wake();
  }

  /** Ends the current read. Later reads do not wait. */
  end(): void {
    this.#isEnding = true;
    this.#reportRemoved();
    void this.#wake();
  }

  close(): void {
    this.#reportRemoved();
    this.#options.reader.close();
  }

  async #claim(cursor: string, want: number): Promise<readonly Entry[]> {
    const { reader, topic, group, name, claimMs } = this.#options;
    const answer = await reader.sendForBytes(0, 'XAUTOCLAIM', topic, group, name, claimMs, cursor, 'COUNT', want);
    const [next, entries, removed] = answer as readonly [Buffer, readonly unknown[], readonly Buffer[]];
    this.#abandoned = next.toString() === FIRST_ID ? undefined : next.toString();
    // XAUTOCLAIM has already removed these ids from the pending list.
    for (const id of removed) this.#removed.push(id.toString());
    if (this.#abandoned === undefined) this.#reportRemoved();
    return this.#counted(entriesOf(entries));
  }

  /** Settles the entries that were removed from the stream, because nobody can read them. */
  async #withoutRemoved(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const { connection, topic, group } = this.#options;
    const removed = entries.flatMap(({ id, fields }) => (fields === null ? [id] : []));
    if (removed.length === 0) return entries;
    await connection.send('XACK', topic, group, ...removed);
    this.#removed.push(...removed);
    return entries.filter(({ fields }) => fields !== null);
  }

  /** Reports all removed entries of one pass over the pending list together. */
  #reportRemoved(): void {
    const { reporter, topic, group } = this.#options;
    if (this.#removed.length > 0) reporter.deleted({ topic, group }, this.#removed);
    this.#removed = [];
  }

  /** Adds to each entry how many members vanished while they held it. */
  async #counted(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const { connection, topic, group, name } = this.#options;
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) return entries;
    const parameters = [topic, group, first.id, last.id, entries.length * 2, name] as const;
    const pending = (await connection.send('XPENDING', ...parameters)) as readonly (readonly [
      string,
      string,
      number,
      number,
    ])[];
    const counts = new Map(pending.map(([id, , , deliveries]) => [id, deliveries]));
    return entries.map((entry) => ({ ...entry, abandoned: Math.max(0, (counts.get(entry.id) ?? 1) - 1) }));
  }

  async #read(from: string, want: number): Promise<readonly Entry[]> {
    const { reader, topic, group, name } = this.#options;
    const answer = await reader.sendForBytes(
      0,
      'XREADGROUP',
      'GROUP',
      group,
      name,
      'COUNT',
      want,
      'STREAMS',
      topic,
      from,
    );
    const entries = entriesRead(answer);
    if (from === '>') this.#delivered += entries.length;
    return entries;
  }

  async #wait(want: number): Promise<readonly Entry[]> {
    const { reader, topic, group, name, pollTimeoutMs } = this.#options;
    if (this.#isEnding) return [];
    const waitMs = Math.ceil(reader.isCluster ? Math.min(pollTimeoutMs, CLUSTER_POLL_MS) : pollTimeoutMs);
    this.#waiting = Symbol();
    try {
      const read = ['XREADGROUP', 'GROUP', group, name, 'COUNT', want, 'BLOCK', waitMs, 'STREAMS', topic, '>'] as const;
      const entries = entriesRead(await reader.sendForBytes(waitMs, ...read));
      this.#delivered += entries.length;
      return entries;
    } finally {
      this.#waiting = undefined;
    }
  }

  /**
   * Ends the current read. Repeats CLIENT UNBLOCK, because it has no effect on a read that has not reached the server
   * yet.
   */
  async #wake(): Promise<void> {
    const waiting = this.#waiting;
    const givesUpAt = performance.now() + UNBLOCK_FOR_MS;
    while (waiting !== undefined && this.#waiting === waiting && this.#readerId !== undefined) {
      try {
        if (performance.now() > givesUpAt) throw new Error('the read does not end.');
        await this.#options.connection.send('CLIENT', 'UNBLOCK', this.#readerId);
      } catch {
        // The connection is dead. Closing it makes the read reject, and the caller of the read handles that.
        this.#options.reader.close();
        return;
      }
      await pause(UNBLOCK_AGAIN_MS);
    }
  }
}
