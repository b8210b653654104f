import { asError } from '../backoff.js';
import { asPromise } from '../as-promise.js';

/** How lanes work on an item. */
export interface Work<Item, Outcome> {
  /** Called at the turn of the item. The lane is busy until the promise settles. */
  readonly start: (item: Item) => Promise<Outcome>;
  /** Called first after the item has ended. If it throws, the call of the item rejects with that error. */
  readonly ended: (item: Item, outcome: Outcome) => void;
  /** Like `ended`, after a failure. It throws to pass the error on. */
  readonly failed: (item: Item, error: Error) => void;
}

/** An item that waits for its lane, and its promise. */
interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Works on the items of a lane one after the other, in their order. Lanes are independent of each other.
 *
 * A lane exists only while it has items, so the number of keys is not limited.
 */
export class Lanes<Item, Outcome> {
  readonly #work: Work<Item, Outcome>;
  readonly #waiting = new Map<string, Waiting<Item>[]>();

  constructor(work: Work<Item, Outcome>) {
    this.#work = work;
  }

  /**
   * Starts work on the item when all earlier items of its lane have ended; without a lane, at once. Work never starts
   * within this call, because it may end what the caller is about to do next. Settles when the item has ended.
   */
  run(lane: string | undefined, item: Item): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting<Item> = { item, resolve, reject };
      if (lane !== undefined) {
        const queue = this.#waiting.get(lane);
        if (queue !== undefined) {
          queue.push(waiting);
          return;
        }
        this.#waiting.set(lane, []);
      }
      void SOON.then(() => this.#start(lane, waiting));
    });
  }

  #start(lane: string | undefined, waiting: Waiting<Item>): void {
    const { start, ended, failed } = this.#work;
    asPromise(() => start(waiting.item)).then(
      (outcome) => this.#end(lane, waiting, ended, outcome),
      (thrown: unknown) => this.#end(lane, waiting, failed, asError(thrown)),
    );
  }

  #end<Result>(
    lane: string | undefined,
    { item, resolve, reject }: Waiting<Item>,
    tell: (item: Item, result: Result) => void,
    result: Result,
  ): void {
    try {
      tell(item, result);
      resolve();
    } catch (error) {
      reject(error);
    }
    if (lane !== undefined) this.#next(lane);
  }

  #next(lane: string): void {
    const next = this.#waiting.get(lane)?.shift();
    if (next === undefined) this.#waiting.delete(lane);
    else this.#start(lane, next);
  }
}

const SOON = Promise.resolve();
