import { asError } from '../core/backoff.js';
import { mayClaim } from './claims.js';
import { monotonicMs } from './clock.js';
import type { Database } from './database.js';
import { renew } from './members.js';

/** Between two looks while there was work of late, in ms. */
const BUSY_POLL_MS = 2;
/** For how long after the last work that goes on, in ms. */
const BUSY_FOR_MS = 1_000;
const SLOWDOWN = 1.5;

export interface LeaseKeeperOptions {
  readonly database: () => Database;
  readonly pollMs: number;
  readonly leaseMs: number;
  readonly onWoken: (member: number) => void;
  readonly onLost: (member: number) => void;
  /** The file does not answer; whoever it is about has to join anew. */
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

  /** From now on the member is woken when there may be something for it, once. */
  wait(member: number): void {
    if (!this.#members.has(member)) return;
    this.#waiting.add(member);
    this.#schedule();
  }

  /** Looks for whom there may be something; to be called when this process has changed the file, which polling does not see. */
  check(): void {
    if (this.#waiting.size > 0) this.#guard(() => this.#check());
  }

  /** The connection was closed: its count of changes begins anew. */
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
      // Members that died changed nothing, so only time tells.
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
