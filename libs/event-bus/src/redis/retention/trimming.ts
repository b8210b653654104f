import { asError, sleep } from '../../core/backoff.js';
import { isDeadLetterTopic } from '../../core/topics/dead-letter-topic.js';
import type { Connection } from '../client/connection.js';
import { trimDeadLetters } from './dead-letters.js';
import { idAt } from '../records/entry-id.js';
import { isNoStream } from '../client/failure.js';
import type { Fullness } from './fullness.js';
import type { Reporter } from '../reporter.js';
import { type GroupWithoutMembers, trim } from './trim.js';

export interface TrimmingOptions {
  /** Older entries may be removed, in ms. If undefined, none. */
  readonly retentionMs: number | undefined;
  /** The same for dead letters, in ms. */
  readonly deadLetterRetentionMs: number | undefined;
  /** A group without a living member for this time no longer keeps entries, in ms. */
  readonly groupExpiryMs: number;
  /** The time between two rounds, in ms. */
  readonly everyMs: number;
  readonly reporter: Reporter;
  readonly fullness: Fullness;
}

/** The time between two rounds while the server is full, in ms. */
const FULL_MS = 1_000;
/** How long removal may continue while the process ends, in ms. */
const LAST_MS = 1_000;

/**
 * Removes old entries from the streams that this process publishes to or consumes, but none that a living group has not
 * settled.
 */
export class Trimming {
  readonly #connection: () => Connection;
  readonly #options: TrimmingOptions;
  readonly #topics = new Set<string>();
  readonly #due = new Set<string>();
  /** The last reported problem of each topic, so that it is reported once. */
  readonly #problems = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #hurriedAt = -Infinity;
  #endsAt = Infinity;

  constructor(connection: () => Connection, options: TrimmingOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /**
   * Trims this stream regularly from now on. The first round starts at once, because the process may be short-lived.
   */
  add(topic: string): void {
    if (this.#topics.has(topic) || this.#retentionOf(topic) === undefined) return;
    this.#topics.add(topic);
    this.#due.add(topic);
    this.#begin();
  }

  /** Trims all streams now, because the server is full. At most once a second. */
  hurry(): void {
    const now = performance.now();
    if (now - this.#hurriedAt < FULL_MS || this.#topics.size === 0) return;
    this.#hurriedAt = now;
    this.#beginAll();
  }

  /** Stops. Resolves within two seconds, even if entries remain or the server does not answer. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#round === undefined) return;
    this.#endsAt = performance.now() + LAST_MS;
    const late = new AbortController();
    await Promise.race([this.#round, sleep(2 * LAST_MS, late.signal).catch(() => undefined)]);
    late.abort();
    this.#endsAt = 0;
  }

  #beginAll(): void {
    for (const topic of this.#topics) this.#due.add(topic);
    this.#begin();
  }

  #begin(): void {
    if (this.#endsAt !== Infinity) return;
    clearTimeout(this.#timer);
    this.#round ??= this.#trimDue().finally(() => {
      this.#round = undefined;
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#endsAt !== Infinity) return;
    if (this.#due.size > 0) {
      this.#begin();
      return;
    }
    const { everyMs, fullness } = this.#options;
    this.#timer = setTimeout(() => this.#beginAll(), fullness.isFull ? Math.min(FULL_MS, everyMs) : everyMs);
    this.#timer.unref();
  }

  async #trimDue(): Promise<void> {
    for (const topic of this.#due) {
      this.#due.delete(topic);
      if (!this.#mayGoOn()) return;
      await this.#trim(topic).then(
        () => this.#problems.delete(topic),
        (thrown: unknown) => this.#failed(topic, asError(thrown)),
      );
    }
    if (this.#mayGoOn()) await this.#options.fullness.look(this.#connection());
  }

  async #trim(topic: string): Promise<void> {
    const retentionMs = this.#retentionOf(topic);
    if (retentionMs === undefined) return;
    const { groupExpiryMs, reporter } = this.#options;
    const connection = this.#connection();
    const [seconds, micros] = (await connection.send('TIME')) as readonly [string, string];
    const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    const onState = (state: GroupWithoutMembers) => reporter.withoutMembers(topic, state);
    const age = { topic, groupExpiryMs, onState, mayGoOn: () => this.#mayGoOn() };
    if (isDeadLetterTopic(topic)) await trimDeadLetters(connection, { ...age, retentionMs, now, reporter });
    else await trim(connection, { ...age, below: idAt(now - retentionMs) });
  }

  #retentionOf(topic: string): number | undefined {
    const { retentionMs, deadLetterRetentionMs } = this.#options;
    return isDeadLetterTopic(topic) ? deadLetterRetentionMs : retentionMs;
  }

  #mayGoOn(): boolean {
    return performance.now() < this.#endsAt;
  }

  #failed(topic: string, error: Error): void {
    if (isNoStream(error) || !this.#mayGoOn() || this.#problems.get(topic) === error.message) return;
    this.#problems.set(topic, error.message);
    this.#options.reporter.say({
      level: 'warn',
      what: 'Could not remove old entries, will try again',
      fields: [
        ['topic', topic],
        ['error', error.message],
      ],
    });
  }
}
