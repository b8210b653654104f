import { asError } from './backoff.js';

/** A task that waits for its lane, and whom to tell. */
interface Waiting {
  readonly task: () => Promise<unknown>;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs tasks of one lane one after the other, in the order they were given; lanes know nothing of each other.
 *
 * A lane exists only while it has tasks, so any number of keys may pass through.
 */
export class Lanes {
  readonly #waiting = new Map<string, Waiting[]>();

  /**
   * Starts the task once every earlier task of its lane has ended; without a lane, at once; but never within this call, for it may end
   * what the caller is about to go on with. Settles as the task does.
   */
  run<Result>(lane: string | undefined, task: () => Promise<Result>): Promise<Result> {
    if (lane === undefined) return AT_ONCE.then(task);
    const queue = this.#waiting.get(lane);
    return new Promise<Result>((resolve, reject) => {
      const waiting: Waiting = { task, resolve, reject };
      if (queue !== undefined) {
        queue.push(waiting);
        return;
      }
      this.#waiting.set(lane, []);
      queueMicrotask(() => this.#start(lane, waiting));
    });
  }

  #start(lane: string, { task, resolve, reject }: Waiting): void {
    begun(task).then(
      (result) => {
        resolve(result as never);
        this.#next(lane);
      },
      (error: unknown) => {
        reject(error);
        this.#next(lane);
      },
    );
  }

  #next(lane: string): void {
    const next = this.#waiting.get(lane)?.shift();
    if (next === undefined) this.#waiting.delete(lane);
    else this.#start(lane, next);
  }
}

const AT_ONCE = Promise.resolve();

/** A task that throws before it has a promise rejects all the same. */
function begun(task: () => Promise<unknown>): Promise<unknown> {
  try {
    return task();
  } catch (error) {
    return Promise.reject(asError(error));
  }
}
