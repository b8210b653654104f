import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import type { HandleRecord, ReceivedRecord, Subscription } from '../core/backend.js';
import { asError } from '../core/backoff.js';
import { monotonicMs } from './clock.js';
import type { LogWorker } from './log-worker.js';
import type { TurnResult } from './protocol.js';
import { receivedRecords } from './received.js';

/** The longest time that a timer can take, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One call of `handle`. */
interface Call {
  readonly position: number;
  readonly lost: AbortController;
  hasEnded: boolean;
}

/**
 * One member at work: takes turns with the worker, each of which settles what has been finished and brings what there is room for.
 *
 * One turn is under way at a time. Its half of the window is fetched while the other half is handled.
 */
export class Consumption {
  readonly #worker: LogWorker;
  readonly #subscription: Subscription;
  readonly #handle: HandleRecord;
  readonly #stop: AbortSignal;
  /** From the oldest call that has not ended on, in the order of the hand-over. */
  #window: Call[] = [];
  #finished: number[] = [];
  #member = 0;
  #isMember = false;
  #running = 0;
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
    this.#handle = handle;
    this.#stop = stop;
  }

  /** See `Subscriber`. */
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
      const start = this.#admit(result);
      turn = this.#nextTurn();
      start();
    }
  }

  /** Resolves with the result of the next turn that is worth taking, or `undefined` at the end. */
  async #nextTurn(): Promise<TurnResult | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isEnding) return undefined;
      if (!this.#isMember) return { isMember: false };
      const { maxInFlight } = this.#subscription;
      // What has ended is settled in the very transaction that claims, so its room is free there.
      this.#closeWindow();
      const half = Math.ceil(maxInFlight / 2);
      const want = Math.max(0, Math.min(half, maxInFlight - this.#window.length));
      if (this.#finished.length > 0 || (want > 0 && !this.#isIdle)) return this.#turn(want);
      await this.#changed();
    }
  }

  async #turn(want: number): Promise<TurnResult> {
    const settle = this.#finished;
    this.#finished = [];
    const wakes = this.#wakes;
    let result: TurnResult;
    try {
      result = await this.#worker.call('turn', { member: this.#member, settle, want });
    } catch (error) {
      this.#finished.push(...settle);
      throw error;
    }
    if (result.isMember && want > 0) this.#isIdle = !result.hasMore && wakes === this.#wakes;
    return result;
  }

  /** After the process was stopped for a while, records may be another's by the time they are read here. */
  async #isLeaseAlive(result: TurnResult & { isMember: true }): Promise<boolean> {
    if (result.batch.positions.length === 0 || monotonicMs() < result.leaseUntil) return true;
    return this.#worker.call('renew', { member: this.#member });
  }

  /** Gives the records their places in the window; the result hands them over. */
  #admit({ batch, replayUntil }: TurnResult & { isMember: true }): () => void {
    const records = receivedRecords(this.#subscription.topic, batch, replayUntil);
    // Records of a batch are lost together, if at all; a signal for each would cost more than all else.
    const lost = new AbortController();
    setMaxListeners(0, lost.signal);
    const calls = batch.positions.map((position): Call => ({ position, lost, hasEnded: false }));
    this.#window.push(...calls);
    return () => {
      for (const [index, call] of calls.entries()) {
        const record = records[index];
        if (record === undefined || this.#isEnding || lost.signal.aborted) call.hasEnded = true;
        else void this.#run(call, record);
      }
    };
  }

  async #run(call: Call, record: ReceivedRecord): Promise<void> {
    this.#running += 1;
    try {
      await this.#handle(record, call.lost.signal);
      if (!call.lost.signal.aborted) this.#finished.push(call.position);
    } catch (error) {
      if (!call.lost.signal.aborted && !this.#stop.aborted) this.#end(asError(error));
    }
    this.#running -= 1;
    call.hasEnded = true;
    this.#change();
  }

  #closeWindow(): void {
    const oldest = this.#window.findIndex(({ hasEnded }) => !hasEnded);
    this.#window.splice(0, oldest === -1 ? this.#window.length : oldest);
  }

  #end(rejection?: Error): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#rejection = rejection;
    this.#budget = setTimeout(
      () => {
        this.#isBudgetSpent = true;
        this.#change();
      },
      Math.min(this.#subscription.stopBudgetMs, MAX_TIMER_MS),
    );
    this.#change();
  }

  /** Lets the calls that run end within the budget, and settles them as they do. */
  async #drain(): Promise<void> {
    while (this.#running > 0 && !this.#isBudgetSpent) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#finished.length === 0 || !this.#isMember) await this.#changed();
      else if (!(await this.#turn(0)).isMember) this.#onLost();
    }
    if (this.#running === 0) return;
    this.#abortCalls(new Error(`The ${this.#subscription.stopBudgetMs} ms that calls may take to end are over.`));
    await nextTurnOfLoop();
  }

  async #leave(): Promise<void> {
    this.#worker.forget(this.#member);
    if (this.#isMember) await this.#worker.call('leave', { member: this.#member, settle: this.#finished });
  }

  /** Gives back what it can; the error that led here is the one to report. */
  async #abandon(error: Error): Promise<void> {
    this.#abortCalls(error);
    await nextTurnOfLoop();
    await this.#leave().catch(() => undefined);
  }

  #onLost(): void {
    if (!this.#isMember) return;
    this.#isMember = false;
    this.#worker.forget(this.#member);
    this.#finished = [];
    const { member, group, topic } = this.#subscription;
    this.#abortCalls(
      new Error(
        `The lease of member ${member} of group ${group} on topic ${topic} ran out, and its records went to others.`,
      ),
    );
    this.#change();
  }

  #abortCalls(reason: Error): void {
    for (const lost of new Set(this.#window.map((call) => call.lost))) lost.abort(reason);
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => (this.#onChange = resolve));
  }

  #change(): void {
    this.#onChange?.();
  }
}
