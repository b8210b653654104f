type Task = () => Promise<void>;

/**
 * Runs tasks of one lane one after the other, in the order they were given; lanes know nothing of each other.
 *
 * A lane exists only while it has tasks, so any number of keys may pass through.
 */
export class Lanes {
  readonly #waiting = new Map<string, Task[]>();

  /** Starts the task once every earlier task of its lane has ended; without a lane, at once. Settles as the task does. */
  run<Result>(lane: string | undefined, task: () => Promise<Result>): Promise<Result> {
    if (lane === undefined) return task();
    const queue = this.#waiting.get(lane);
    if (queue === undefined) {
      this.#waiting.set(lane, []);
      return this.#start(lane, task);
    }
    return new Promise<Result>((resolve, reject) => {
      queue.push(() => this.#start(lane, task).then(resolve, reject));
    });
  }

  async #start<Result>(lane: string, task: () => Promise<Result>): Promise<Result> {
    try {
      return await task();
    } finally {
      this.#next(lane);
    }
  }

  #next(lane: string): void {
    const next = this.#waiting.get(lane)?.shift();
    if (next === undefined) this.#waiting.delete(lane);
    else void next();
  }
}
