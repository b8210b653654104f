import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import type { HandleRecord, ReceivedRecord, Subscription } from '../core/backend.js';
import { asError } from '../core/backoff.js';
import { recordOf } from './entry.js';
import { isNoGroup } from './failure.js';
import type { Inflow } from './inflow.js';
import type { Entry } from './replies.js';
import { Settling } from './settling.js';
import { Upkeep } from './upkeep.js';
import { type Call, Window } from './window.js';
import { enter, type Presence, type Surroundings } from './presence.js';

/** The longest time that a timer can take, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How long a little room may wait to become more, in ms: a request for one entry costs as much as one for many. */
const LINGER_MS = 2;

/** One member at work: takes entries while there is room, hands them over, acknowledges what has ended, and keeps what is in hand its own. */
export class Consumption {
  readonly #surroundings: Surroundings;
  readonly #subscription: Subscription;
  readonly #handle: HandleRecord;
  readonly #stop: AbortSignal;
  readonly #window: Window;
  readonly #settling: Settling;
  #presence: Presence | undefined;
  #upkeep: Upkeep | undefined;
  #inflow: Inflow | undefined;
  #failure: Error | undefined;
  #isEnding = false;
  #rejection: Error | undefined;
  #budget: NodeJS.Timeout | undefined;
  #isBudgetSpent = false;
  #onChange: (() => void) | undefined;

  constructor(surroundings: Surroundings, subscription: Subscription, handle: HandleRecord, stop: AbortSignal) {
    this.#surroundings = surroundings;
    this.#subscription = subscription;
    this.#handle = handle;
    this.#stop = stop;
    this.#window = new Window(subscription.maxInFlight);
    this.#settling = new Settling(surroundings.connection, { ...subscription, onFailed: (error) => this.#fail(error) });
  }

  /** See `Subscriber`. */
  async run(): Promise<void> {
    if (this.#stop.aborted) return;
    const onStop = () => this.#end();
    this.#stop.addEventListener('abort', onStop, { once: true });
    try {
      while (!this.#isEnding) {
        await this.#enter();
        await this.#takeWhilePresent();
      }
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

  async #enter(): Promise<void> {
    const presence = await enter(this.#surroundings, this.#subscription, this.#stop);
    if (presence === undefined) return;
    this.#presence = presence;
    this.#inflow = presence.inflow;
    this.#upkeep = new Upkeep(this.#surroundings, presence, {
      heldIds: () => this.#window.heldIds,
      onLost: (ids) => this.#onTaken(ids),
      onAllLost: () => this.#onLost(),
      onFailed: (error) => this.#fail(error),
    });
    await this.#upkeep.begin();
    this.#subscription.onAssigned?.();
  }

  async #takeWhilePresent(): Promise<void> {
    while (!this.#isEnding && this.#presence !== undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      const want = this.#window.room;
      if (want === 0) await this.#changed();
      else if (want * 8 < this.#subscription.maxInFlight && (await this.#changed(LINGER_MS))) continue;
      else await this.#take(this.#window.room);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #take(want: number): Promise<void> {
    const { presence, inflow } = { presence: this.#presence, inflow: this.#inflow };
    if (presence === undefined || inflow === undefined || want === 0) return;
    let entries: readonly Entry[];
    try {
      entries = await inflow.next(want);
    } catch (error) {
      if (this.#isEnding) return;
      if (!isNoGroup(error)) throw this.#failure ?? error;
      await presence.restoreGroup(this.#upkeep?.position);
      return;
    }
    if (!(await presence.isStillHere())) this.#onLost();
    else for (const entry of entries) this.#handOver(entry, presence);
  }

  #handOver({ id, fields, abandoned }: Entry, { passed }: Presence): void {
    // What came too late, or is in hand already, stays pending; leaving gives it back.
    if (fields === null || this.#isEnding || this.#presence === undefined || this.#window.has(id)) return;
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
        if (!lost.aborted && !this.#stop.aborted) this.#end(asError(error));
        this.#ended(call);
      },
    );
  }

  #ended(call: Call): void {
    this.#window.end(call);
    this.#change();
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
    this.#inflow?.end();
    this.#change();
  }

  /** Lets the calls that run end within the budget. */
  async #drain(): Promise<void> {
    while (this.#window.openIds.length > 0 && !this.#isBudgetSpent) {
      if (this.#failure !== undefined) throw this.#failure;
      await this.#changed();
    }
    if (this.#window.openIds.length === 0) return;
    this.#abortCalls(new Error(`The ${this.#subscription.stopBudgetMs} ms that calls may take to end are over.`));
    await nextTurnOfLoop();
  }

  async #leave(): Promise<void> {
    await this.#settling.drained();
    await this.#upkeep?.end();
    const presence = this.#presence;
    this.#presence = undefined;
    if (this.#failure === undefined) await presence?.leave([]);
    else presence?.forget([]);
    if (this.#failure !== undefined && !this.#stop.aborted) throw this.#failure;
  }

  /** Gives back what it can; the error that led here is the one to report. */
  async #abandon(error: Error): Promise<void> {
    this.#isEnding = true;
    const inHand = this.#window.heldIds;
    this.#abortCalls(error);
    await nextTurnOfLoop();
    await this.#upkeep?.end();
    await this.#presence?.leave(inHand).catch(() => undefined);
  }

  /** Others have some of the entries by now. */
  #onTaken(ids: readonly string[]): void {
    const { member, group, topic } = this.#subscription;
    for (const id of ids) {
      const call = this.#window.get(id);
      call?.lost.abort(
        new Error(`Another member of group ${group} on topic ${topic} took the entry ${id} from ${member}.`),
      );
    }
  }

  /** Nothing is this member's any more: it enters anew. */
  #onLost(): void {
    const presence = this.#presence;
    if (presence === undefined) return;
    this.#presence = undefined;
    presence.forget(this.#window.heldIds);
    void this.#upkeep?.end();
    const { member, group, topic } = this.#subscription;
    this.#abortCalls(new Error(`The lease of member ${member} of group ${group} on topic ${topic} ran out.`));
    this.#change();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    // A read may wait on a connection that is as dead.
    this.#inflow?.close();
    this.#change();
  }

  #abortCalls(reason: Error): void {
    for (const { lost } of this.#window.openCalls) lost.abort(reason);
  }

  /** Resolves at the next change, or after a time; answers whether it was a change. */
  #changed(withinMs?: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(() => resolve(false), withinMs);
      this.#onChange = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  #change(): void {
    this.#onChange?.();
  }
}
