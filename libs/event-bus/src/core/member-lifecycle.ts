import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import type { Subscription } from './backend.js';
import { asError } from './backoff.js';
import { Budget } from './budget.js';
import { Changes } from './changes.js';

/** What one member of a backend does. {@link MemberLifecycle} says when. */
export interface MemberWork {
  /** How many calls of the handler have not returned. */
  readonly running: number;
  /**
   * Joins the group and takes records, until the member is ending; joins anew when the membership was lost. Rejects when the backend fails.
   * It waits with {@link MemberLifecycle.changed}, and looks at {@link MemberLifecycle.isEnding} whenever it has waited.
   */
  work(): Promise<void>;
  /** Settles what has finished while the rest is waited for. Answers whether there was anything to settle. */
  settle(): Promise<boolean>;
  /** Aborts the signals of all records in hand: nothing of them is settled any more. */
  abort(reason: Error): void;
  /** Settles what has finished, and leaves the group. Rejects when the backend fails. */
  leave(): Promise<void>;
  /** Gives back what is in hand after the backend has failed, as far as it still can. */
  giveUp(error: Error): Promise<void>;
  /** Hears that the member is ending, so that a read which waits can be cut short. */
  onEnding?(): void;
}

/**
 * The life of one member, as `Subscriber.consume` promises it: it works until it is stopped or a call rejects; then nothing new begins, calls
 * that run may end within the stop budget and are settled, and the member leaves. When the backend fails, it gives up what it has.
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

  /** Whether nothing new may begin. */
  get isEnding(): boolean {
    return this.#budget !== undefined;
  }

  /** Whether it was asked to stop, as opposed to a call that rejected. */
  get isStopped(): boolean {
    return this.#stop.aborted;
  }

  /** Why the backend failed, when it did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves when the member has left. Rejects with what a call rejected with, or with the failure of the backend. */
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

  /** To be called when a call rejects whose record is still this member's: the member ends, and {@link run} rejects with it. */
  reject(error: Error): void {
    if (!this.#stop.aborted) this.#end(error);
  }

  /** To be called when the backend fails. The first failure counts. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#changes.tell();
  }

  /** Throws the failure of the backend, when there was one. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** To be called when there may be something to do. */
  change(): void {
    this.#changes.tell();
  }

  /** Resolves with `true` at the next change, or with `false` after a time, in ms. */
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

  /** Lets the calls that run end within the budget, and settles them as they do. */
  async #drain(work: MemberWork): Promise<void> {
    while (work.running > 0 && this.#budget?.isSpent === false) {
      this.throwFailure();
      if (!(await work.settle())) await this.changed();
    }
    if (work.running === 0) return;
    work.abort(new Error(`The ${this.#subscription.stopBudgetMs} ms that calls may take to end are over.`));
    await nextTurnOfLoop();
  }
}
