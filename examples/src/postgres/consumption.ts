import { type HandleRecord, MemberLifecycle, type MemberWork, type ReceivedRecord } from 'nest-event-bus/core';
import type { Database } from './database.js';
import { leave, type Member, takeTurn } from './members.js';

/** The work of one member. Each turn settles, takes records and renews the lease, at least every third of a lease. */
export class Consumption implements MemberWork {
  readonly #lifecycle: MemberLifecycle;
  /** The calls from the oldest running one on, in the order in which they started. */
  readonly #calls = new Map<string, { readonly lost: AbortController; isRunning: boolean }>();
  #finished: string[] = [];
  #mayHaveMore = true;
  #turnAt = 0;

  constructor(readonly given: { database: Database; member: Member; handle: HandleRecord; stop: AbortSignal }) {
    this.#lifecycle = new MemberLifecycle(given.member, given.stop);
  }

  /** Implements `Subscriber.consume`. */
  readonly run = (): Promise<void> => this.#lifecycle.run(this);

  get running(): number {
    return this.#calls.size;
  }

  async work(): Promise<void> {
    const onRecords = (topic: string) => {
      this.#mayHaveMore ||= topic === this.given.member.topic;
      this.#lifecycle.change();
    };
    const unlisten = await this.given.database.listen(onRecords, (error) => this.#lifecycle.fail(error));
    try {
      while (!this.#lifecycle.isEnding) await this.#step();
    } finally {
      unlisten();
    }
  }

  /** Turns continue while the last calls end, to renew the lease. */
  readonly settle = (): Promise<boolean> => this.#step().then(() => true);

  abort(reason: Error): void {
    for (const { lost } of this.#calls.values()) lost.abort(reason);
    this.#calls.clear();
  }

  readonly leave = (): Promise<void> =>
    this.given.database.transaction((sql) => leave(sql, this.given.member, this.#finished.splice(0)));

  async giveUp(error: Error): Promise<void> {
    this.abort(error);
    await this.leave().catch(() => undefined);
  }

  async #step(): Promise<void> {
    this.#lifecycle.throwFailure();
    const want = this.#mayHaveMore && !this.#lifecycle.isEnding ? this.given.member.maxInFlight - this.#calls.size : 0;
    const restMs = this.#turnAt - performance.now();
    if (want > 0 || this.#finished.length > 0 || restMs <= 0) return this.#turn(want);
    await this.#lifecycle.changed(restMs);
  }

  async #turn(want: number): Promise<void> {
    const began = performance.now();
    const { database, member } = this.given;
    const finished = this.#finished.splice(0);
    if (want > 0) this.#mayHaveMore = false;
    const { isNew, records } = await database.transaction((sql) => takeTurn(sql, member, finished, want));
    this.#mayHaveMore ||= want > 0 && records.length === want;
    this.#turnAt = began + member.leaseMs / 3;
    if (isNew) this.abort(new Error(`The lease of ${member.leaseMs} ms ran out, and other members get the records.`));
    if (isNew) member.onAssigned?.();
    // If the process was paused, other members may have these records. The next turn joins again.
    if (performance.now() > began + member.leaseMs) return this.leave();
    for (const record of records) if (!this.#lifecycle.isEnding) this.#start(record);
  }

  #start(record: ReceivedRecord): void {
    const call = { lost: new AbortController(), isRunning: true };
    const { signal } = call.lost;
    const onFinished = () => signal.aborted || this.#finished.push(record.position);
    const onRejected = (error: Error) => signal.aborted || this.#lifecycle.reject(error);
    const onEnd = () => {
      call.isRunning = false;
      for (const [position, { isRunning }] of this.#calls) {
        if (isRunning) break;
        this.#calls.delete(position);
      }
      this.#lifecycle.change();
    };
    this.#calls.set(record.position, call);
    void this.given.handle(record, signal).then(onFinished, onRejected).then(onEnd);
  }
}
