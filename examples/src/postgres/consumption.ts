import type { HandleRecord, Subscription } from 'nest-event-bus/core';
import type { Client } from 'pg';

import { type Database, Session } from './database.js';
import { join, leave, type Membership, takeTurn } from './membership.js';
import { received, type RecordRow } from './topics.js';

interface Call {
  readonly lost: AbortController;
  isRunning: boolean;
}

/**
 * One member at work, on a connection of its own. In turns it settles what is finished and gets what there is room for; a turn also renews
 * the lease, so there is one at least every third of it. Notifications save waiting; what they miss, the next turn finds.
 */
export class Consumption {
  /** From the oldest that runs to the newest, those between that have ended included. */
  readonly #calls = new Map<number, Call>();
  #finished: number[] = [];
  #member: Membership | undefined;
  #mayHaveMore = true;
  #turnAt = 0;
  #isEnding = false;
  #isBudgetSpent = false;
  #rejection: { readonly error: unknown } | undefined;
  #failure: Error | undefined;
  #budget: NodeJS.Timeout | undefined;
  #wake = (): void => undefined;

  constructor(
    private readonly database: Database,
    private readonly leaseMs: number,
    private readonly subscription: Subscription,
    private readonly handle: HandleRecord,
    private readonly stop: AbortSignal,
  ) {}

  /** See `Subscriber`. */
  async run(): Promise<void> {
    const onStop = () => this.#end();
    this.stop.addEventListener('abort', onStop, { once: true });
    let client: Client | undefined;
    try {
      client = await this.database.listen(
        (topic) => this.#onNotice(topic),
        (error) => this.#fail(error),
      );
      const session = new Session(client);
      while (!this.#isOver) await this.#step(session);
      if (this.#member !== undefined) await leave(session, this.#member, this.#finished);
    } catch (error) {
      const member = this.#member;
      this.#lose(this.database.explain(error));
      // The connection may be dead. When another one fails as well, the lease runs out.
      if (member !== undefined) await this.database.use((session) => leave(session, member, [])).catch(() => undefined);
      throw this.database.explain(error);
    } finally {
      this.stop.removeEventListener('abort', onStop);
      clearTimeout(this.#budget);
      await client?.end().catch(() => undefined);
    }
    if (this.#rejection !== undefined) throw this.#rejection.error;
  }

  get #isOver(): boolean {
    return this.#isEnding && (this.#isBudgetSpent || ![...this.#calls.values()].some(({ isRunning }) => isRunning));
  }

  async #step(session: Session): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const waitMs = this.#turnAt - performance.now();
    const want = this.#isEnding || !this.#mayHaveMore ? 0 : this.subscription.maxInFlight - this.#calls.size;
    if (this.#member === undefined) await this.#join(session);
    else if (want > 0 || this.#finished.length > 0 || waitMs <= 0) await this.#turn(session, this.#member, want);
    else await this.#changed(waitMs);
  }

  async #join(session: Session): Promise<void> {
    this.#member = await join(session, this.subscription, this.leaseMs);
    this.#mayHaveMore = true;
    this.subscription.onAssigned?.();
  }

  async #turn(session: Session, member: Membership, want: number): Promise<void> {
    const began = performance.now();
    this.#mayHaveMore = this.#mayHaveMore && want === 0;
    const rows = await takeTurn(session, member, this.#finished.splice(0), want);
    // A process that was paused finds its records in others' hands, also those that it has just read.
    if (rows === undefined || performance.now() > began + this.leaseMs) {
      this.#lose(new Error(`The lease ran out, and other members of group ${member.group} get the records.`));
      return;
    }
    this.#turnAt = began + this.leaseMs / 3;
    if (want > 0 && rows.length === want) this.#mayHaveMore = true;
    for (const row of rows) this.#start(row);
  }

  #start(row: RecordRow): void {
    if (this.#isEnding) return;
    const call = { lost: new AbortController(), isRunning: true };
    const { signal } = call.lost;
    this.#calls.set(row.position, call);
    const settled = this.handle(received(row), signal).then(
      () => !signal.aborted && this.#finished.push(row.position),
      (error: unknown) => !signal.aborted && !this.stop.aborted && this.#end({ error }),
    );
    void settled.then(() => {
      call.isRunning = false;
      for (const [position, { isRunning }] of this.#calls) {
        if (isRunning) break;
        this.#calls.delete(position);
      }
      this.#wake();
    });
  }

  /** Nothing more starts. Calls that run may end within the budget. */
  #end(rejection?: { readonly error: unknown }): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#rejection = rejection;
    const { stopBudgetMs } = this.subscription;
    const onSpent = () => {
      this.#abort(new Error(`The ${stopBudgetMs} ms that calls may take to end are over.`));
      this.#isBudgetSpent = true;
      this.#wake();
    };
    this.#budget = setTimeout(onSpent, Math.min(stopBudgetMs, 2 ** 31 - 1));
    this.#wake();
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  #onNotice(topic: string | undefined): void {
    if (topic !== this.subscription.topic) return;
    this.#mayHaveMore = true;
    this.#wake();
  }

  /** Nothing is this member's any more. */
  #lose(reason: Error): void {
    this.#abort(reason);
    this.#calls.clear();
    this.#finished = [];
    this.#member = undefined;
  }

  #abort(reason: Error): void {
    for (const { lost } of this.#calls.values()) lost.abort(reason);
  }

  #changed(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
