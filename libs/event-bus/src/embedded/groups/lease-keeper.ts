import { asError } from '../../core/backoff.js';
import { mayClaim } from './claims.js';
import { monotonicMs } from '../thread/clock.js';
import type { Database } from '../log/database.js';
import { renew } from './members.js';

/** The polling interval while there was work recently, in ms. */
const BUSY_POLL_MS = 2;
/** How long that continues after the last work, in ms. */
const BUSY_FOR_MS = 1_000;
const SLOWDOWN = 1.5;

export interface LeaseKeeperOptions {
  readonly database: () => Database;
  readonly pollMs: number;
  readonly leaseMs: number;
  readonly onWoken: (member: number) => void;
  readonly onLost: (member: number) => void;
  /** Called when the file does not answer. These members must join again. */
  readonly onFailed: (members: readonly number[], error: Error) => void;
}

/** Renews the leases of this process's members, and wakes idle members when there may be records for them. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #members = new Set<number>();
  readonly #waiting = new Set<number>();
  #renewing: NodeJS.Timeout | undefined;
  #polling: NodeJS.Timeout | undefined;
  #pollMs: number;
  #lastWork = 0;
  #seen: number | undefined;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#pollMs = options.pollMs;
  }

  add(member: number): void {
    this.#members.add(member);
    this.#renewing ??= setInterval(() => this.#renew(), this.#options.leaseMs / 3);
  }

  remove(member: number): void {
    this.#members.delete(member);
    this.#waiting.delete(member);
    if (this.#members.size > 0) return;
    clearInterval(this.#renewing);
    this.#renewing = undefined;
  }

  /** Wakes the member once, as soon as there may be records for it. */
  wait(member: number): void {
    if (!this.#members.has(member)) return;
    this.#waiting.add(member);
    this.#schedule();
  }

  /**
   * Checks the waiting members. Call it after this process changed the file, because polling sees only other processes.
   */
  check(): void {
    if (this.#waiting.size > 0) this.#guard(() => this.#check());
  }

  /** Call this when the connection was closed. The next connection counts changes from the start. */
  forget(): void {
    this.#seen = undefined;
  }

  stop(): void {
    for (const member of this.#members) this.remove(member);
    clearTimeout(this.#polling);
    this.#polling = undefined;
  }

  #poll(): void {
    this.#polling = undefined;
    this.#guard(() => {
      const changes = this.#options.database().changes();
      if (changes !== this.#seen) this.#check();
      this.#seen = changes;
    });
    if (this.#waiting.size > 0) this.#schedule();
  }

  #schedule(): void {
    const isBusy = monotonicMs() - this.#lastWork < BUSY_FOR_MS;
    this.#pollMs = Math.min(isBusy ? BUSY_POLL_MS : this.#pollMs * SLOWDOWN, this.#options.pollMs);
    this.#polling ??= setTimeout(() => this.#poll(), this.#pollMs);
  }

  #check(): void {
    for (const member of this.#waiting) {
      if (!mayClaim(this.#options.database(), member)) continue;
      this.#lastWork = monotonicMs();
      this.#waiting.delete(member);
      this.#options.onWoken(member);
    }
  }

  #renew(): void {
    this.#guard(() => {
      const members = [...this.#members];
      const database = this.#options.database();
      const now = monotonicMs();
      const lost = database.write('process', () => members.filter((member) => !renew(database, member, now)));
      for (const member of lost) {
        this.remove(member);
        this.#options.onLost(member);
      }
      // Dead members change nothing in the file, so the check also runs at each renewal.
      this.#check();
    });
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      const members = [...this.#members];
      for (const member of members) this.remove(member);
      this.#options.onFailed(members, asError(thrown));
    }
  }
}
