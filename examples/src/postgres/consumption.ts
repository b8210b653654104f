import { setTimeout as sleep } from 'node:timers/promises';
import type { HandleRecord, ReceivedRecord } from 'nest-event-bus/core';
import type { Database } from './database.js';
import { leave, type Member, takeTurn } from './members.js';

/** One member. A turn settles, takes more and renews the lease; the next comes at news or at a third of the lease. */
export class Consumption {
  /** In the order of their start, from the oldest that runs. */
  readonly #calls = new Map<string, { readonly lost: AbortController; isRunning: boolean }>();
  #finished: string[] = [];
  #mayHaveMore = true;
  #turnAt = 0;
  #rest = new AbortController();
  #ending: { readonly budget: NodeJS.Timeout; readonly rejection: { readonly error: unknown } | undefined } | undefined;

  constructor(readonly work: { database: Database; member: Member; handle: HandleRecord; stop: AbortSignal }) {}

  /** See `Subscriber`. */
  async run(): Promise<void> {
    const onStop = () => this.#end();
    this.work.stop.addEventListener('abort', onStop, { once: true });
    const onRecords = (topic: string) => {
      this.#mayHaveMore ||= topic === this.work.member.topic;
      this.#rest.abort();
    };
    let unlisten: (() => void) | undefined;
    try {
      unlisten = await this.work.database.listen(onRecords, (error) => this.#end({ error }));
      while (this.#ending === undefined || this.#calls.size > 0) await this.#step();
    } finally {
      this.#abort(new Error('The member lost its database.'));
      this.work.stop.removeEventListener('abort', onStop);
      clearTimeout(this.#ending?.budget);
      unlisten?.();
      await this.#leave();
    }
    if (this.#ending.rejection !== undefined) throw this.#ending.rejection.error;
  }

  async #step(): Promise<void> {
    const want = this.#mayHaveMore && !this.#ending ? this.work.member.maxInFlight - this.#calls.size : 0;
    const restMs = this.#turnAt - performance.now();
    if (want > 0 || this.#finished.length > 0 || restMs <= 0) return this.#turn(want);
    this.#rest = new AbortController();
    await sleep(restMs, undefined, { signal: this.#rest.signal }).catch(() => undefined);
  }

  async #turn(want: number): Promise<void> {
    const began = performance.now();
    const { database, member } = this.work;
    const { leaseMs } = member;
    const finished = this.#finished.splice(0);
    if (want > 0) this.#mayHaveMore = false;
    const { isNew, records } = await database.transaction((sql) => takeTurn(sql, member, finished, want));
    this.#mayHaveMore ||= want > 0 && records.length === want;
    this.#turnAt = began + leaseMs / 3;
    if (isNew) this.#abort(new Error(`The lease of ${leaseMs} ms ran out, and other members get the records.`));
    if (isNew) member.onAssigned?.();
    // After a pause of the process, others may have even what was read just now. The next turn joins anew.
    if (performance.now() > began + leaseMs) return this.#leave();
    for (const record of records) if (this.#ending === undefined) this.#start(record);
  }

  #start(record: ReceivedRecord): void {
    const call = { lost: new AbortController(), isRunning: true };
    const { signal } = call.lost;
    const onFinished = () => signal.aborted || this.#finished.push(record.position);
    const onRejected = (error: unknown) => signal.aborted || this.work.stop.aborted || this.#end({ error });
    const onEnd = () => {
      call.isRunning = false;
      for (const [position, { isRunning }] of this.#calls) {
        if (isRunning) break;
        this.#calls.delete(position);
      }
      this.#rest.abort();
    };
    this.#calls.set(record.position, call);
    void this.work.handle(record, signal).then(onFinished, onRejected).then(onEnd);
  }

  /** Nothing more starts. Calls that run may end within the budget. */
  #end(rejection?: { readonly error: unknown }): void {
    const { stopBudgetMs } = this.work.member;
    const onSpent = () => this.#abort(new Error(`The ${stopBudgetMs} ms that calls may take to end are over.`));
    this.#ending ??= { budget: setTimeout(onSpent, Math.min(stopBudgetMs, 2 ** 31 - 1)), rejection };
    this.#rest.abort();
  }

  /** What calls do from now on does not count. */
  #abort(reason: unknown): void {
    for (const { lost } of this.#calls.values()) lost.abort(reason);
    this.#calls.clear();
    this.#rest.abort();
  }

  #leave(): Promise<void> {
    return this.work.database.transaction((sql) => leave(sql, this.work.member, this.#finished.splice(0)));
  }
}
