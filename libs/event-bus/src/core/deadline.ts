import { asError } from './backoff.js';
import { UnavailableError } from './errors.js';

interface Waiting {
  /** On the clock that nobody sets. */
  readonly dueAt: number;
  readonly onLate: () => void;
}

/** One and the same time limit for many promises, by one timer: those that began first are due first. */
export class Deadline {
  readonly #ms: number;
  /** In the order of their beginning. Only what has not ended: behind one that takes long, many may come and go. */
  readonly #waiting = new Set<Waiting>();
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
      const waiting: Waiting = { dueAt: performance.now() + this.#ms, onLate };
      this.#waiting.add(waiting);
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
    this.#waiting.delete(waiting);
    // The next one takes it over; it must not keep a process that has nothing else to wait for.
    if (this.#waiting.size === 0) this.#timer?.unref();
  }

  readonly #onTime = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    for (const waiting of this.#waiting) {
      if (waiting.dueAt > now) {
        this.#timer = setTimeout(this.#onTime, waiting.dueAt - now);
        return;
      }
      waiting.onLate();
      this.#waiting.delete(waiting);
    }
  };
}
