import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';
import type { HandleRecord, Subscription } from '../../core/backend.js';
import { asError } from '../../core/backoff.js';
import { HandoverError } from '../../core/errors.js';
import { createGroup } from '../admin/groups.js';
import { type Call, Partition, type Progress } from './partition.js';
import type { Batch, Client, Committed, Membership } from '../port.js';

/** The longest time that a timer can take, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How long to wait before a commit that failed is tried again, in ms. */
const COMMIT_RETRY_MS = 300;
/** What is finished while a commit travels may be handled again if this process dies; after so long, in ms, it is bounded by number. */
const ROUND_TRIP_MS = 20;
/** How many records of a partition are handed over when they are worked on one by one: each that waits in memory is one more to collect. */
const SERIAL_WINDOW = 16;
/** How often a member that gives back its partitions gives a sign of life, in ms. */
const HEARTBEAT_MS = 1_000;

/**
 * One member at work.
 *
 * A batch is put into its partition's keeping and the client reads on at once, so that no partition waits for another's handlers. Before
 * the group divides its partitions anew, and at the end, nothing more starts, what runs ends and is committed.
 */
export class Consumption {
  readonly #client: Client;
  readonly #subscription: Subscription;
  readonly #handle: HandleRecord;
  readonly #stop: AbortSignal;
  #membership: Membership | undefined;
  #partitions = new Map<number, Partition>();
  #assigned: Promise<void> = Promise.resolve();
  #assignment = 0;
  #state: 'working' | 'giving back' | 'ending' = 'working';
  #committing: Promise<void> | undefined;
  /** When a commit was answered, or the first was sent. */
  #lastSaid = 0;
  #rejection: Error | undefined;
  #failure: Error | undefined;
  #deadline = Infinity;
  #finishing: Promise<void> | undefined;
  #hasLeft = false;
  readonly #lost = new Set<Partition>();
  #onChange: (() => void)[] = [];

  constructor(client: Client, subscription: Subscription, handle: HandleRecord, stop: AbortSignal) {
    this.#client = client;
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
      const { topic, group, start } = this.#subscription;
      await createGroup(this.#client, topic, group, start);
      if (!this.#isEnding) await this.#work();
    } finally {
      this.#stop.removeEventListener('abort', onStop);
    }
    const error = this.#rejection ?? this.#failure;
    if (error !== undefined) throw error;
  }

  get #isEnding(): boolean {
    return this.#state === 'ending';
  }

  async #work(): Promise<void> {
    const { topic, group, stopBudgetMs } = this.#subscription;
    const membership = this.#client.member(
      { topic, group, rebalanceTimeoutMs: Math.min(stopBudgetMs, MAX_TIMER_MS) },
      {
        wants: (partition) => this.#state === 'working' && this.#partitions.get(partition)?.isFull === false,
        onBeforeJoin: () => this.#giveBack(),
        onAssigned: (partitions) => this.#onAssigned(partitions),
        onBatch: (batch) => this.#onBatch(batch),
        onFailed: (error) => this.#fail(error),
      },
    );
    this.#membership = membership;
    const joined = membership.join();
    while (!this.#isEnding) await this.#changed();
    await this.#finish();
    await membership.leave();
    await joined;
  }

  #onAssigned(partitions: readonly number[]): void {
    this.#assignment += 1;
    this.#forget();
    if (this.#state === 'giving back') this.#state = 'working';
    this.#assigned = this.#lookUp(partitions, this.#assignment);
  }

  async #lookUp(partitions: readonly number[], assignment: number): Promise<void> {
    const { topic, group, maxInFlight, isSerial = false } = this.#subscription;
    const window = isSerial ? Math.min(maxInFlight, SERIAL_WINDOW) : maxInFlight;
    const committed = partitions.length === 0 ? new Map<number, Committed>() : await this.#committed(topic, group);
    if (assignment !== this.#assignment) return;
    const isLate = () => this.#isLate();
    for (const partition of partitions) {
      const at = committed.get(partition) ?? { offset: 0, metadata: '' };
      this.#partitions.set(partition, new Partition({ topic, partition, maxInFlight, window, isLate }, at));
    }
    this.#membership?.readOn();
    this.#subscription.onAssigned?.();
  }

  async #committed(topic: string, group: string): Promise<ReadonlyMap<number, Committed>> {
    try {
      return await this.#client.office.committed(topic, group);
    } catch (error) {
      this.#fail(asError(error));
      return new Map();
    }
  }

  async #onBatch(batch: Batch): Promise<boolean> {
    const assignment = this.#assignment;
    await this.#assigned;
    const partition = this.#partitions.get(batch.partition);
    const isAway = () => assignment !== this.#assignment || partition === undefined || this.#state !== 'working';
    if (isAway() || partition === undefined) return false;
    if (batch.from !== partition.until && (!(await this.#isCut(batch, partition)) || isAway())) return false;
    partition.append(batch);
    this.#advance(batch.partition, partition);
    this.#commit();
    return true;
  }

  /** Whether the client reads elsewhere because what it was to read is not retained any more; else it has not heard of the new assignment. */
  async #isCut({ partition: number, from }: Batch, partition: Partition): Promise<boolean> {
    const extents = await this.#client.office.extents(this.#subscription.topic);
    const extent = extents.find((each) => each.partition === number);
    const { until } = partition;
    return extent !== undefined && (until < extent.low || until > extent.high || from < until);
  }

  #advance(number: number, partition: Partition): void {
    while (this.#state === 'working' && this.#partitions.get(number) === partition) {
      const call = this.#take(partition);
      if (call === undefined) break;
      void this.#run(number, partition, call);
    }
    if (partition.takeResume()) this.#membership?.readOn();
  }

  #take(partition: Partition): Call | undefined {
    try {
      return partition.take();
    } catch (error) {
      // Bytes that are no records: reading them again is all that can be tried.
      this.#fail(asError(error));
      return undefined;
    }
  }

  #run(number: number, partition: Partition, call: Call): Promise<void> {
    const { signal } = partition.lost;
    const onEnd = (state: 'settled' | 'unsettled') => {
      partition.ended(call, state);
      if (partition.open === 0) this.#lost.delete(partition);
      this.#advance(number, partition);
      this.#commit();
      this.#change();
    };
    return this.#handle(call.record, signal).then(
      () => onEnd('settled'),
      (error: unknown) => {
        if (!signal.aborted && !this.#stop.aborted) this.#end(asError(error));
        onEnd('unsettled');
      },
    );
  }

  /** Whether a commit takes longer than a round trip does. */
  #isLate(): boolean {
    return this.#committing !== undefined && performance.now() - this.#lastSaid > ROUND_TRIP_MS;
  }

  /** One commit at a time, of all that is finished by then. */
  #commit(): void {
    if (this.#committing !== undefined || this.#failure !== undefined || this.#uncommitted().length === 0) return;
    this.#lastSaid = performance.now();
    this.#committing = this.#commitAll().finally(() => {
      this.#committing = undefined;
      this.#change();
      // What was finished between its last look and here found a commit under way, and no record may come after it.
      this.#commit();
    });
  }

  async #commitAll(): Promise<void> {
    for (;;) {
      const offsets = this.#uncommitted();
      if (offsets.length === 0 || this.#failure !== undefined) return;
      const partitions = this.#partitions;
      try {
        if (!(await this.#membership?.commit(offsets))) return this.#lose('the group went on without this member');
        this.#lastSaid = performance.now();
        for (const { partition: number, ...progress } of offsets) {
          const partition = partitions.get(number);
          partition?.committed(progress);
          if (partition !== undefined) this.#advance(number, partition);
        }
      } catch (error) {
        // The client tries to reach the broker as well, and tells when it gives up.
        if (Date.now() + COMMIT_RETRY_MS > this.#deadline) return this.#fail(asError(error));
        await new Promise((resolve) => setTimeout(resolve, COMMIT_RETRY_MS));
      }
    }
  }

  #uncommitted(): readonly (Committed & Progress)[] {
    return [...this.#partitions].flatMap(([partition, { toCommit }]) =>
      toCommit === undefined ? [] : [{ partition, ...toCommit }],
    );
  }

  /** What was handed over goes to others: waits end, running handlers go on, and what they finish in time is committed. */
  async #giveBack(): Promise<void> {
    if (this.#isEnding) await this.#refuseToJoin();
    this.#state = 'giving back';
    this.#deadline = Date.now() + this.#subscription.stopBudgetMs;
    const alive = setInterval(() => void this.#membership?.heartbeat(), HEARTBEAT_MS);
    try {
      this.#abort('the group divides its partitions anew', HandoverError);
      await this.#drain(() => this.#open(this.#partitions.values()));
    } finally {
      clearInterval(alive);
    }
    // Nothing of the old assignment may be committed from here on: a broker would take it for partitions that are another's by then.
    this.#forget();
    if (this.#isEnding) await this.#refuseToJoin();
    this.#deadline = Infinity;
  }

  async #refuseToJoin(): Promise<never> {
    await this.#finish();
    this.#hasLeft = true;
    throw new LeavingError();
  }

  #finish(): Promise<void> {
    return (this.#finishing ??= this.#drain(() => this.#open([...this.#partitions.values(), ...this.#lost])));
  }

  /** Lets the calls that run end within the budget, and commits them. */
  async #drain(open: () => number): Promise<void> {
    // The timer says when the budget is spent, not the clock: a timer may come a moment before its time, and no second one comes.
    const budget = { isSpent: false };
    const onSpent = () => {
      budget.isSpent = true;
      this.#change();
    };
    const timer = setTimeout(onSpent, Math.min(Math.max(0, this.#deadline - Date.now()), MAX_TIMER_MS));
    while (open() > 0 && !budget.isSpent) await this.#changed();
    clearTimeout(timer);
    if (open() > 0) {
      this.#abort(`the ${this.#subscription.stopBudgetMs} ms that calls may take to end are over`);
      await nextTurnOfLoop();
    }
    for (this.#commit(); this.#committing !== undefined; this.#commit()) await this.#committing;
  }

  #open(partitions: Iterable<Partition>): number {
    return [...partitions].reduce((sum, { open }) => sum + open, 0);
  }

  #lose(reason: string): void {
    this.#abort(reason);
    this.#forget();
    this.#change();
  }

  /** Nothing of these partitions is committed any more, and what of them still runs is waited for only at the end. */
  #forget(): void {
    for (const partition of this.#partitions.values()) if (partition.open > 0) this.#lost.add(partition);
    this.#partitions = new Map();
  }

  #abort(reason: string, Kind: new (message: string) => Error = Error): void {
    const { member, group, topic } = this.#subscription;
    const error = new Kind(`Member ${member} of group ${group} on topic ${topic} gives up its records: ${reason}.`);
    for (const partition of this.#partitions.values()) partition.lost.abort(error);
  }

  #fail(error: Error): void {
    // What the client says about a member that refused to join is that refusal.
    if (this.#failure !== undefined || this.#hasLeft) return;
    this.#failure = error;
    this.#lose(error.message);
    this.#end();
  }

  #end(rejection?: Error): void {
    if (this.#isEnding) return;
    this.#state = 'ending';
    this.#rejection = rejection;
    this.#deadline = Date.now() + this.#subscription.stopBudgetMs;
    this.#membership?.readOn();
    this.#change();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#onChange.push(resolve));
  }

  #change(): void {
    if (this.#onChange.length === 0) return;
    const waiting = this.#onChange;
    this.#onChange = [];
    for (const resolve of waiting) resolve();
  }
}

/** Keeps a member that ends from joining once more; kafkajs then leaves the group. */
class LeavingError extends Error {
  override readonly name = 'LeavingError';
  /** kafkajs asks for it. */
  readonly retriable = false;

  constructor() {
    super('The member leaves.');
  }
}
