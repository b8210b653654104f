import { UnavailableError } from './errors.js';

export interface Bounds {
  readonly records: number;
  readonly bytes: number;
}

/** What may wait in this process on its way to a broker. */
export const BACKLOG: Bounds = { records: 100_000, bytes: 64 * 1024 * 1024 };

/** Counts what waits, and says when it is too much. */
export class Backlog {
  #now: Bounds = { records: 0, bytes: 0 };

  constructor(readonly bounds: Bounds = BACKLOG) {}

  /** Whether so much more would be too much; what finds nothing else never is. */
  isFullFor(size: Bounds): boolean {
    return this.#now.records > 0 && exceeds(sum(this.#now, size), this.bounds);
  }

  add(size: Bounds): void {
    this.#now = sum(this.#now, size);
  }

  remove({ records, bytes }: Bounds): void {
    this.#now = sum(this.#now, { records: -records, bytes: -bytes });
  }

  /** Why a publish to these topics has to be rejected. */
  refusal(topics: string): UnavailableError {
    return new UnavailableError(
      `Could not publish to ${topics}: ${this.#now.records} records (${this.#now.bytes} bytes) are waiting already, ` +
        `at most ${this.bounds.records} (${this.bounds.bytes} bytes) may. Publish more slowly, or wait for earlier calls.`,
    );
  }
}

export function sum(one: Bounds, other: Bounds): Bounds {
  return { records: one.records + other.records, bytes: one.bytes + other.bytes };
}

export function exceeds(size: Bounds, { records, bytes }: Bounds): boolean {
  return size.records > records || size.bytes > bytes;
}
