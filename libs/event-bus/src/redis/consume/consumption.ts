import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import type { HandleRecord, ReceivedRecord, Subscription } from '../../core/backend.js';
import { asError } from '../../core/backoff.js';
import { MemberLifecycle, type MemberWork } from '../../core/member/member-lifecycle.js';
import { recordOf } from '../records/entry.js';
import { isNoGroup } from '../client/failure.js';
import type { EntrySource } from './entry-source.js';
import type { Entry } from '../client/replies.js';
import { Settling } from './settling.js';
import { Maintenance } from './maintenance.js';
import { type Call, Window } from './window.js';
import { joinGroup, type JoinedMember, type MemberContext } from './joined-member.js';

/**
 * How long to wait for more room before a small request, in ms. A request for one entry costs as much as one for many.
 */
const LINGER_MS = 2;

/**
 * The work of one member. It takes entries while there is room, hands them over, acknowledges finished ones, and renews
 * the entries in hand.
 */
export class Consumption implements MemberWork {
  readonly #context: MemberContext;
  readonly #subscription: Subscription;
  readonly #handle: HandleRecord;
  readonly #stop: AbortSignal;
  readonly #lifecycle: MemberLifecycle;
  readonly #window: Window;
  readonly #settling: Settling;
  #joined: JoinedMember | undefined;
  #maintenance: Maintenance | undefined;
  #entrySource: EntrySource | undefined;

  constructor(context: MemberContext, subscription: Subscription, handle: HandleRecord, stop: AbortSignal) {
    this.#context = context;
    this.#subscription = subscription;
    this.#handle = handle;
    this.#stop = stop;
    this.#lifecycle = new MemberLifecycle(subscription, stop);
    this.#window = new Window(subscription.maxInFlight);
    this.#settling = new Settling(context.connection, { ...subscription, onFailed: (error) => this.#fail(error) });
  }

  /** Implements `Subscriber.consume`. */
  run(): Promise<void> {
    return this.#lifecycle.run(this);
  }

  get running(): number {
    return this.#window.openIds.length;
  }

  async work(): Promise<void> {
    while (!this.#lifecycle.isEnding) {
      await this.#join();
      await this.#takeWhilePresent();
    }
  }

  async #join(): Promise<void> {
    const joined = await joinGroup(this.#context, this.#subscription, this.#stop);
    if (joined === undefined) return;
    this.#joined = joined;
    this.#entrySource = joined.entrySource;
    this.#maintenance = new Maintenance(this.#context, joined, {
      heldIds: () => this.#window.heldIds,
      onLost: (ids) => this.#onTaken(ids),
      onAllLost: () => this.#onLost(),
      onFailed: (error) => this.#fail(error),
    });
    await this.#maintenance.begin();
    this.#subscription.onAssigned?.();
  }

  async #takeWhilePresent(): Promise<void> {
    while (!this.#lifecycle.isEnding && this.#joined !== undefined) {
      this.#lifecycle.throwFailure();
      const want = this.#window.room;
      if (want === 0) await this.#lifecycle.changed();
      else if (want * 8 < this.#subscription.maxInFlight && (await this.#lifecycle.changed(LINGER_MS))) continue;
      else await this.#take(this.#window.room);
    }
    this.#lifecycle.throwFailure();
  }

  async #take(want: number): Promise<void> {
    const { joined, entrySource } = { joined: this.#joined, entrySource: this.#entrySource };
    if (joined === undefined || entrySource === undefined || want === 0) return;
    let entries: readonly Entry[];
    try {
      entries = await entrySource.next(want);
    } catch (error) {
      if (this.#lifecycle.isEnding) return;
      if (!isNoGroup(error)) throw this.#lifecycle.failure ?? error;
      await joined.restoreGroup(this.#maintenance?.position);
      return;
    }
    if (!(await joined.isStillHere())) this.#onLost();
    else for (const entry of entries) this.#handOver(entry, joined);
  }

  #handOver({ id, fields, abandoned }: Entry, { passed }: JoinedMember): void {
    // Such an entry stays pending. `leave` returns it to the group.
    if (fields === null || this.#lifecycle.isEnding || this.#joined === undefined || this.#window.has(id)) return;
    const record = recordOf({ topic: this.#subscription.topic, id, passed, abandoned }, fields);
    this.#run(this.#window.add(id), record);
  }

  #run(call: Call, record: ReceivedRecord): void {
    const { lost } = call;
    void this.#handle(record, lost).then(
      () => {
        if (!lost.aborted) this.#settling.add(call.id);
        this.#ended(call);
      },
      (error: unknown) => {
        if (!lost.aborted) this.#lifecycle.reject(asError(error));
        this.#ended(call);
      },
    );
  }

  #ended(call: Call): void {
    this.#window.end(call);
    this.#lifecycle.change();
  }

  onEnding(): void {
    this.#entrySource?.end();
  }

  /** Nothing to do: finished entries are acknowledged as they finish. */
  settle(): Promise<boolean> {
    return Promise.resolve(false);
  }

  abort(reason: Error): void {
    for (const { lost } of this.#window.openCalls) lost.abort(reason);
  }

  async leave(): Promise<void> {
    await this.#settling.drained();
    await this.#maintenance?.end();
    const joined = this.#joined;
    this.#joined = undefined;
    const { failure, isStopped } = this.#lifecycle;
    if (failure === undefined) await joined?.leave([]);
    else joined?.forget([]);
    if (failure !== undefined && !isStopped) throw failure;
  }

  async giveUp(error: Error): Promise<void> {
    const inHand = this.#window.heldIds;
    this.abort(error);
    await nextTurnOfLoop();
    await this.#maintenance?.end();
    await this.#joined?.leave(inHand).catch(() => undefined);
  }

  /** Other members own these entries now. */
  #onTaken(ids: readonly string[]): void {
    const { member, group, topic } = this.#subscription;
    for (const id of ids) {
      const call = this.#window.get(id);
      call?.lost.abort(
        new Error(`Another member of group ${group} on topic ${topic} took the entry ${id} from ${member}.`),
      );
    }
  }

  /** The member has lost its name and all entries. It joins again. */
  #onLost(): void {
    const joined = this.#joined;
    if (joined === undefined) return;
    this.#joined = undefined;
    joined.forget(this.#window.heldIds);
    void this.#maintenance?.end();
    const { member, group, topic } = this.#subscription;
    this.abort(new Error(`The lease of member ${member} of group ${group} on topic ${topic} expired.`));
    this.#lifecycle.change();
  }

  #fail(error: Error): void {
    // The connection may be dead, so a waiting read must not delay the end.
    this.#entrySource?.close();
    this.#lifecycle.fail(error);
  }
}
