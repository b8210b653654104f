import { UnavailableError } from '../errors.js';

export interface Bounds {
  readonly records: number;
  readonly bytes: number;
}

/** How much may wait in this process for a broker. */
export const BACKLOG: Bounds = { records: 100_000, bytes: 64 * 1024 * 1024 };

/** Counts the waiting records, and tells when there are too many. */
export class Backlog {
  #now: Bounds = { records: 0, bytes: 0 };

  constructor(readonly bounds: Bounds = BACKLOG) {}

  /** Whether `size` more would exceed the bounds. Always false if nothing else is waiting. */
  isFullFor(size: Bounds): boolean {
    return this.#now.records > 0 && exceeds(sum(this.#now, size), this.bounds);
  }

  add(size: Bounds): void {
    this.#now = sum(this.#now, size);
  }

  remove({ records, bytes }: Bounds): void {
    this.#now = sum(this.#now, { records: -records, bytes: -bytes });
  }

  /** The error that rejects a publish to these topics. */
  refusal(topics: string): UnavailableError {
    return new UnavailableError(
      `Could not publish to ${topics}: ${this.#now.records} records (${this.#now.bytes} bytes) already wait to be sent; ` +
        `the limit is ${this.bounds.records} (${this.bounds.bytes} bytes). Publish more slowly, or wait for earlier calls.`,
    );
  }
}

export function sum(one: Bounds, other: Bounds): Bounds {
  return { records: one.records + other.records, bytes: one.bytes + other.bytes };
}

export function exceeds(size: Bounds, { records, bytes }: Bounds): boolean {
  return size.records > records || size.bytes > bytes;
}
