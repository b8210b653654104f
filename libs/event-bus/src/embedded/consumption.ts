import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import type { HandleRecord, Subscription } from '../core/backend.js';
import { asError } from '../core/backoff.js';
import { Calls } from './calls.js';
import { monotonicMs } from './clock.js';
import type { LogWorker } from './log-worker.js';
import type { TurnResult } from './protocol.js';
import { receivedRecords } from './received.js';

/** The longest time that a timer can take, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * One member at work: takes turns with the worker, each of which settles what is finished and brings what there is room for.
 *
 * One turn is under way at a time; half of the window is fetched while the other half is handled.
 */
export class Consumption {
  readonly #worker: LogWorker;
  readonly #subscription: Subscription;
  readonly #stop: AbortSignal;
  readonly #calls: Calls;
  #member = 0;
  #isMember = false;
  #isIdle = false;
  #wakes = 0;
  #failure: Error | undefined;
  #isEnding = false;
  #rejection: Error | undefined;
  #budget: NodeJS.Timeout | undefined;
  #isBudgetSpent = false;
  #onChange: (() => void) | undefined;

  constructor(worker: LogWorker, subscription: Subscription, handle: HandleRecord, stop: AbortSignal) {
    this.#worker = worker;
    this.#subscription = subscription;
    this.#stop = stop;
    this.#calls = new Calls(handle, {
      onEnd: () => this.#change(),
      onRejection: (error) => {
        if (!stop.aborted) this.#end(error);
      },
    });
  }

  /** See `Subscriber`. May be called once. */
  async run(): Promise<void> {
    if (this.#stop.aborted) return;
    const onStop = () => this.#end();
    this.#stop.addEventListener('abort', onStop, { once: true });
    try {
      await this.#join();
      await this.#takeTurns();
      await this.#drain();
      await this.#leave();
    } catch (error) {
      await this.#abandon(asError(error));
      throw error;
    } finally {
      this.#stop.removeEventListener('abort', onStop);
      clearTimeout(this.#budget);
    }
    if (this.#rejection !== undefined) throw this.#rejection;
  }

  async #join(): Promise<void> {
    const { topic, group, start, member: name } = this.#subscription;
    const { member } = await this.#worker.call('join', { topic, group, start, name });
    this.#member = member;
    this.#isMember = true;
    this.#isIdle = false;
    this.#worker.listen(member, {
      onWoken: () => {
        this.#isIdle = false;
        this.#wakes += 1;
        this.#change();
      },
      onLost: () => this.#onLost(),
      onFailed: (error) => {
        this.#failure = error;
        this.#change();
      },
    });
    this.#subscription.onAssigned?.();
  }

  async #takeTurns(): Promise<void> {
    let turn = this.#nextTurn();
    for (;;) {
      const result = await turn;
      if (result === undefined) return;
      if (!result.isMember || !(await this.#isLeaseAlive(result))) {
        this.#onLost();
        await this.#join();
        turn = this.#nextTurn();
        continue;
      }
      const start = this.#calls.admit(receivedRecords(this.#subscription.topic, result.batch, result));
      turn = this.#nextTurn();
      start(() => !this.#isEnding);
    }
  }

  /** Resolves with the result of the next turn that is worth taking, or `undefined` at the end. */
  async #nextTurn(): Promise<TurnResult | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isEnding) return undefined;
      if (!this.#isMember) return { isMember: false };
      const { maxInFlight } = this.#subscription;
      const want = Math.min(Math.ceil(maxInFlight / 2), this.#calls.room(maxInFlight));
      if (this.#calls.hasFinished || (want > 0 && !this.#isIdle)) return this.#turn(want);
      await this.#changed();
    }
  }

  async #turn(want: number): Promise<TurnResult> {
    const settle = this.#calls.takeFinished();
    const wakes = this.#wakes;
    try {
      const result = await this.#worker.call('turn', { member: this.#member, settle, want });
      if (result.isMember && want > 0) this.#isIdle = !result.hasMore && wakes === this.#wakes;
      return result;
    } catch (error) {
      this.#calls.putBack(settle);
      throw error;
    }
  }

  /** After the process was stopped for a while, records may be another's by the time they are read here. */
  async #isLeaseAlive({ batch, leaseUntil }: TurnResult & { isMember: true }): Promise<boolean> {
    if (batch.numbers.length === 0 || monotonicMs() < leaseUntil) return true;
    return this.#worker.call('renew', { member: this.#member });
  }

  #end(rejection?: Error): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#rejection = rejection;
    const onSpent = () => {
      this.#isBudgetSpent = true;
      this.#change();
    };
    this.#budget = setTimeout(onSpent, Math.min(this.#subscription.stopBudgetMs, MAX_TIMER_MS));
    this.#change();
  }

  /** Lets the calls that run end within the budget, and settles them as they do. */
  async #drain(): Promise<void> {
    while (this.#calls.running > 0 && !this.#isBudgetSpent) {
      if (this.#failure !== undefined) throw this.#failure;
      if (!this.#calls.hasFinished || !this.#isMember) await this.#changed();
      else if (!(await this.#turn(0)).isMember) this.#onLost();
    }
    if (this.#calls.running === 0) return;
    this.#calls.abort(new Error(`The ${this.#subscription.stopBudgetMs} ms that calls may take to end are over.`));
    await nextTurnOfLoop();
  }

  async #leave(): Promise<void> {
    this.#worker.forget(this.#member);
    if (!this.#isMember) return;
    await this.#worker.call('leave', { member: this.#member, settle: this.#calls.takeFinished() });
  }

  /** Gives back what it can; the error that led here is the one to report. */
  async #abandon(error: Error): Promise<void> {
    this.#calls.abort(error);
    await nextTurnOfLoop();
    await this.#leave().catch(() => undefined);
  }

  #onLost(): void {
    if (!this.#isMember) return;
    this.#isMember = false;
    this.#worker.forget(this.#member);
    // It is not ours to settle any more.
    this.#calls.takeFinished();
    const { member, group, topic } = this.#subscription;
    const whose = `The lease of member ${member} of group ${group} on topic ${topic}`;
    this.#calls.abort(new Error(`${whose} ran out, and its records went to others.`));
    this.#change();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => (this.#onChange = resolve));
  }

  #change(): void {
    this.#onChange?.();
  }
}
