import { asError } from './backoff.js';
import { UnavailableError } from './errors.js';

interface Waiting {
  /** On the clock that nobody sets. */
  readonly dueAt: number;
  readonly onLate: () => void;
  hasEnded: boolean;
}

/** One and the same time limit for many promises, by one timer: those that began first are due first. */
export class Deadline {
  readonly #ms: number;
  #waiting: Waiting[] = [];
  #first = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** The promise's outcome, or `UnavailableError` with this text when it takes longer, by which `givingUp` aborts as well. */
  keep<Result>(promise: Promise<Result>, otherwise: () => string, givingUp?: AbortController): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const onLate = () => {
        const error = new UnavailableError(otherwise());
        givingUp?.abort(error);
        reject(error);
      };
      const waiting: Waiting = { dueAt: performance.now() + this.#ms, onLate, hasEnded: false };
      this.#waiting.push(waiting);
      this.#timer?.ref();
      this.#timer ??= setTimeout(this.#onTime, this.#ms);
      promise.then(
        (result) => {
          this.#end(waiting);
          resolve(result);
        },
        (error: unknown) => {
          this.#end(waiting);
          reject(asError(error));
        },
      );
    });
  }

  #end(waiting: Waiting): void {
    waiting.hasEnded = true;
    while (this.#waiting[this.#first]?.hasEnded === true) this.#first += 1;
    if (this.#first < this.#waiting.length) {
      // What has ended is let go of, though not one by one.
      if (this.#first > 1_000) this.#waiting = this.#waiting.splice(this.#first);
      else return;
    } else this.#waiting = [];
    this.#first = 0;
    // The next one takes it over; it must not keep a process that has nothing else to wait for.
    if (this.#waiting.length === 0) this.#timer?.unref();
  }

  readonly #onTime = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    for (const waiting of this.#waiting.slice(this.#first)) {
      if (waiting.hasEnded) continue;
      if (waiting.dueAt > now) {
        this.#timer = setTimeout(this.#onTime, waiting.dueAt - now);
        return;
      }
      waiting.onLate();
      this.#end(waiting);
    }
  };
}
