import { asError } from './backoff.js';
import { UnavailableError } from './errors.js';

/** What begins within so many ms is late together. */
const SHARED_MS = 10;

/** One and the same time limit for many promises, which may be exceeded by 10 ms: what begins at about the same time has one timer and one signal. */
export class Deadline {
  readonly #ms: number;
  #now: TimeLimit | undefined;
  #until = 0;

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** The limit of what begins now. */
  begin(): TimeLimit {
    const now = performance.now();
    if (this.#now !== undefined && now < this.#until) return this.#now;
    this.#until = now + SHARED_MS;
    return (this.#now = new TimeLimit(this.#until + this.#ms));
  }
}

/** A point in time at which some promises have to have settled. */
export class TimeLimit {
  /** On the clock that nobody sets. */
  readonly #dueAt: number;
  readonly #givingUp = new AbortController();
  /** Only what has not ended: behind one that takes long, many may come and go. */
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(dueAt: number) {
    this.#dueAt = dueAt;
  }

  /** Aborts when the time is over and something is still waited for. */
  get signal(): AbortSignal {
    return this.#givingUp.signal;
  }

  /** The promise's outcome, or `UnavailableError` with this text when it takes longer. */
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
    // It must not keep a process that has nothing else to wait for.
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #onTime = (): void => {
    const late = [...this.#waiting];
    this.#waiting.clear();
    this.#timer = undefined;
    for (const onLate of late) onLate();
    this.#givingUp.abort(new UnavailableError('Nobody waits for it any more.'));
  };
}
