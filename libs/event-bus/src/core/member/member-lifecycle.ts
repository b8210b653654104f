import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import type { Subscription } from '../backend.js';
import { asError } from '../backoff.js';
import { Budget } from './budget.js';
import { Changes } from './changes.js';

/** What one member of a backend does. {@link MemberLifecycle} says when. */
export interface MemberWork {
  /** The number of handler calls that have not returned. */
  readonly running: number;
  /**
   * Joins the group and takes records until the member is ending. Joins again after it lost its membership. Rejects if
   * the backend fails. It waits with {@link MemberLifecycle.changed}, and checks {@link MemberLifecycle.isEnding} after
   * each wait.
   */
  work(): Promise<void>;
  /** Settles finished records while others still run. Resolves with whether there were any. */
  settle(): Promise<boolean>;
  /** Aborts the signals of all records in hand. None of them is settled any more. */
  abort(reason: Error): void;
  /** Settles the finished records and leaves the group. Rejects if the backend fails. */
  leave(): Promise<void>;
  /** Gives back the records in hand after the backend failed, as far as that is possible. */
  giveUp(error: Error): Promise<void>;
  /** Called when the member is ending, to interrupt a waiting read. */
  onEnding?(): void;
}

/**
 * The life of one member, as `Subscriber.consume` promises it:
 *
 * - It works until it is stopped or a call rejects.
 * - Then no new call starts. Running calls may end within the stop budget and are settled, and the member leaves.
 * - If the backend fails, the member gives back its records.
 *
 * A backend supplies the {@link MemberWork}. May be run once.
 */
export class MemberLifecycle {
  readonly #subscription: Pick<Subscription, 'stopBudgetMs'>;
  readonly #stop: AbortSignal;
  readonly #changes = new Changes();
  #failure: Error | undefined;
  #rejection: Error | undefined;
  #budget: Budget | undefined;
  #onEnding: (() => void) | undefined;

  constructor(subscription: Pick<Subscription, 'stopBudgetMs'>, stop: AbortSignal) {
    this.#subscription = subscription;
    this.#stop = stop;
  }

  /** Whether the member is ending: no new call may start. */
  get isEnding(): boolean {
    return this.#budget !== undefined;
  }

  /** Whether the member was stopped from outside. False if it ends because a call rejected. */
  get isStopped(): boolean {
    return this.#stop.aborted;
  }

  /** The failure of the backend, if any. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * Resolves when the member has left. Rejects with the error of a rejected call, or with the failure of the backend.
   */
  async run(work: MemberWork): Promise<void> {
    if (this.#stop.aborted) return;
    const onStop = () => this.#end();
    this.#onEnding = () => work.onEnding?.();
    this.#stop.addEventListener('abort', onStop, { once: true });
    try {
      await work.work();
      await this.#drain(work);
      await work.leave();
    } catch (thrown) {
      const error = asError(thrown);
      this.#end();
      await work.giveUp(error);
      throw error;
    } finally {
      this.#stop.removeEventListener('abort', onStop);
      this.#budget?.clear();
    }
    if (this.#rejection !== undefined) throw this.#rejection;
  }

  /**
   * Call this if a handler call rejects while its record still belongs to this member. The member ends, and {@link run}
   * rejects with the error.
   */
  reject(error: Error): void {
    if (!this.#stop.aborted) this.#end(error);
  }

  /** Call this if the backend fails. Only the first failure counts. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#changes.tell();
  }

  /** Throws the failure of the backend, if any. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Call this if there may be something to do. */
  change(): void {
    this.#changes.tell();
  }

  /** Resolves with `true` at the next change, or with `false` after `withinMs`. */
  changed(withinMs?: number): Promise<boolean> {
    return this.#changes.next(withinMs);
  }

  #end(rejection?: Error): void {
    if (this.isEnding) return;
    this.#rejection = rejection;
    this.#budget = new Budget(this.#subscription.stopBudgetMs, () => this.#changes.tell());
    this.#onEnding?.();
    this.#changes.tell();
  }

  /** Waits for running calls within the budget, and settles them as they end. */
  async #drain(work: MemberWork): Promise<void> {
    while (work.running > 0 && this.#budget?.isSpent === false) {
      this.throwFailure();
      if (!(await work.settle())) await this.changed();
    }
    if (work.running === 0) return;
    work.abort(new Error(`Handlers did not end within the stop budget of ${this.#subscription.stopBudgetMs} ms.`));
    await nextTurnOfLoop();
  }
}
