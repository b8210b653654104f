import { asError } from '../backoff.js';
import { UnavailableError } from '../errors.js';

/** Promises that begin within this time share one limit, in ms. */
const SHARED_MS = 10;

/**
 * The same time limit for many promises. Promises that begin within 10 ms share one timer and one signal, so the limit
 * may be exceeded by 10 ms.
 */
export class Deadline {
  readonly #ms: number;
  #now: TimeLimit | undefined;
  #until = 0;

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** The limit for a promise that begins now. */
  begin(): TimeLimit {
    const now = performance.now();
    if (this.#now !== undefined && now < this.#until) return this.#now;
    this.#until = now + SHARED_MS;
    return (this.#now = new TimeLimit(this.#until + this.#ms));
  }
}

/** A point in time by which some promises must settle. */
export class TimeLimit {
  /** Monotonic time in ms, of `performance.now()`. */
  readonly #dueAt: number;
  readonly #givingUp = new AbortController();
  /** Only promises that have not settled. While a slow one waits, many others may come and go. */
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(dueAt: number) {
    this.#dueAt = dueAt;
  }

  /** Aborts at the limit if a promise has not settled. */
  get signal(): AbortSignal {
    return this.#givingUp.signal;
  }

  /** Settles like the promise, or rejects with an `UnavailableError` of this text at the limit. */
  keep<Result>(promise: Promise<Result>, otherwise: () => string): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const onLate = () => reject(new UnavailableError(otherwise()));
      this.#waiting.add(onLate);
      this.#timer ??= setTimeout(this.#onTime, this.#dueAt - performance.now());
      promise.then(
        (result) => {
          this.#end(onLate);
          resolve(result);
        },
        (error: unknown) => {
          this.#end(onLate);
          reject(asError(error));
        },
      );
    });
  }

  #end(onLate: () => void): void {
    this.#waiting.delete(onLate);
    if (this.#waiting.size > 0) return;
    // An unused timer would keep the process alive.
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #onTime = (): void => {
    const late = [...this.#waiting];
    this.#waiting.clear();
    this.#timer = undefined;
    for (const onLate of late) onLate();
    this.#givingUp.abort(new UnavailableError('The caller no longer waits: its timeout is over.'));
  };
}
