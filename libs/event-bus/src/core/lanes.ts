import { asError } from './backoff.js';
import { asPromise } from './as-promise.js';

/** What becomes of an item in its lane. */
export interface Work<Item, Outcome> {
  /** Called when its turn has come; the lane is its own until the promise has settled. */
  readonly start: (item: Item) => Promise<Outcome>;
  /** Called before anyone else learns that it has ended. What it throws, the item's call rejects with. */
  readonly ended: (item: Item, outcome: Outcome) => void;
  /** The same when it has failed; to pass the error on, it throws. */
  readonly failed: (item: Item, error: Error) => void;
}

/** An item that waits for its lane, and whom to tell. */
interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Works on the items of one lane one after the other, in the order they were given; lanes know nothing of each other.
 *
 * A lane exists only while it has items, so any number of keys may pass through.
 */
export class Lanes<Item, Outcome> {
  readonly #work: Work<Item, Outcome>;
  readonly #waiting = new Map<string, Waiting<Item>[]>();

  constructor(work: Work<Item, Outcome>) {
    this.#work = work;
  }

  /**
   * Starts on the item once every earlier one of its lane has ended; without a lane, at once; but never within this call, for it may end
   * what the caller is about to go on with. Settles when it has ended.
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
