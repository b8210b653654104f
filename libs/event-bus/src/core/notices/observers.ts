import { asError } from '../backoff.js';
import type { Notice, Observer } from './notice.js';

/**
 * Passes each notice to several observers, in the order in which they were added.
 *
 * An observer that throws stops neither the others nor the bus. Its first error is reported to the other observers;
 * later ones are not.
 */
export class Observers {
  #all: readonly Observer[];
  readonly #failed = new WeakSet<Observer>();

  /** `log` gets everything that is worth a line. The others may want more; see {@link hasOthers}. */
  constructor(log: Observer, ...others: readonly Observer[]) {
    this.#all = [log, ...others];
  }

  /** Whether anybody besides the log observes. */
  get hasOthers(): boolean {
    return this.#all.length > 1;
  }

  /** Passes later notices to `observer` too. Returns a function that ends this. */
  add(observer: Observer): () => void {
    this.#all = [...this.#all, observer];
    return () => {
      this.#all = this.#all.filter((each) => each !== observer);
    };
  }

  readonly observe: Observer = (notice) => {
    // By index: every event passes here several times.
    const all = this.#all;
    for (let n = 0; n < all.length; n += 1) {
      const observer = all[n];
      if (observer === undefined) continue;
      try {
        observer(notice);
      } catch (thrown) {
        this.#report(observer, notice, thrown);
      }
    }
  };

  #report(observer: Observer, { kind }: Notice, thrown: unknown): void {
    if (this.#failed.has(observer)) return;
    this.#failed.add(observer);
    const fields = [
      ['notice', kind],
      ['error', asError(thrown).message],
    ] as const;
    this.observe({
      kind: 'backend-report',
      level: 'error',
      what: 'An observer of the event bus (option observe) failed; its further errors are not reported',
      fields,
    });
  }
}
