import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import type { HandleRecord, Subscription } from '../../core/backend.js';
import { MemberLifecycle, type MemberWork } from '../../core/member/member-lifecycle.js';
import { Calls } from './calls.js';
import { monotonicMs } from '../thread/clock.js';
import type { LogWorker } from '../thread/log-worker.js';
import type { TurnResult } from '../thread/protocol.js';
import { receivedRecords } from '../records/received.js';

/**
 * The work of one member. It takes turns with the worker: each turn settles the finished records and fetches new ones.
 *
 * Only one turn runs at a time. While one half of the window is handled, the other half is fetched.
 */
export class Consumption implements MemberWork {
  readonly #worker: LogWorker;
  readonly #subscription: Subscription;
  readonly #lifecycle: MemberLifecycle;
  readonly #calls: Calls;
  #member = 0;
  #isMember = false;
  #isIdle = false;
  #wakes = 0;

  constructor(worker: LogWorker, subscription: Subscription, handle: HandleRecord, stop: AbortSignal) {
    this.#worker = worker;
    this.#subscription = subscription;
    this.#lifecycle = new MemberLifecycle(subscription, stop);
    this.#calls = new Calls(handle, {
      onEnd: () => this.#lifecycle.change(),
      onRejection: (error) => this.#lifecycle.reject(error),
    });
  }

  /** Implements `Subscriber.consume`. Call it once. */
  run(): Promise<void> {
    return this.#lifecycle.run(this);
  }

  get running(): number {
    return this.#calls.running;
  }

  async work(): Promise<void> {
    await this.#join();
    await this.#takeTurns();
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
        this.#lifecycle.change();
      },
      onLost: () => this.#onLost(),
      onFailed: (error) => this.#lifecycle.fail(error),
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
      start(() => !this.#lifecycle.isEnding);
    }
  }

  /** Resolves with the result of the next turn that has one, or with `undefined` at the end. */
  async #nextTurn(): Promise<TurnResult | undefined> {
    for (;;) {
      this.#lifecycle.throwFailure();
      if (this.#lifecycle.isEnding) return undefined;
      if (!this.#isMember) return { isMember: false };
      const { maxInFlight } = this.#subscription;
      const want = Math.min(Math.ceil(maxInFlight / 2), this.#calls.room(maxInFlight));
      if (this.#calls.hasFinished || (want > 0 && !this.#isIdle)) return this.#turn(want);
      await this.#lifecycle.changed();
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

  /** If the process was suspended meanwhile, another member may hold the records of this batch. */
  async #isLeaseAlive({ batch, leaseUntil }: TurnResult & { isMember: true }): Promise<boolean> {
    if (batch.numbers.length === 0 || monotonicMs() < leaseUntil) return true;
    return this.#worker.call('renew', { member: this.#member });
  }

  async settle(): Promise<boolean> {
    if (!this.#calls.hasFinished || !this.#isMember) return false;
    if (!(await this.#turn(0)).isMember) this.#onLost();
    return true;
  }

  abort(reason: Error): void {
    this.#calls.abort(reason);
  }

  async leave(): Promise<void> {
    this.#worker.forget(this.#member);
    if (!this.#isMember) return;
    await this.#worker.call('leave', { member: this.#member, settle: this.#calls.takeFinished() });
  }

  async giveUp(error: Error): Promise<void> {
    this.abort(error);
    await nextTurnOfLoop();
    await this.leave().catch(() => undefined);
  }

  #onLost(): void {
    if (!this.#isMember) return;
    this.#isMember = false;
    this.#worker.forget(this.#member);
    // These records belong to others now, so they are not settled here.
    this.#calls.takeFinished();
    const { member, group, topic } = this.#subscription;
    const whose = `The lease of member ${member} of group ${group} on topic ${topic}`;
    this.#calls.abort(new Error(`${whose} expired, and other members took over its records.`));
    this.#lifecycle.change();
  }
}
