import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';
import type { HandleRecord, Subscription } from '../../core/backend.js';
import { asError, delayMs, sleep } from '../../core/backoff.js';
import { AccessRefusedError, HandoverError, SettingsError, UnavailableError } from '../../core/errors.js';
import { createGroup } from '../admin/groups.js';
import { shortTopicId } from './commit-metadata.js';
import { type Call, Partition, type Progress } from './partition.js';
import type { Batch, Client, Committed, Fetching, Membership } from '../port.js';
import { consumeReporter, type ConsumeReporter } from './reports.js';

/** The longest time that a timer can take, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How soon a commit or a look-up that failed is tried again, in ms. */
const RETRY = { initialMs: 100, maxMs: 1_000 };
/** A topic may be unknown for so long, in ms, to a broker that has just started; then it is gone, and with it what was to be committed. */
const GONE_MS = 5_000;
/** What is finished while a commit travels may be handled again if this process dies; after so long, in ms, it is bounded by number. */
const ROUND_TRIP_MS = 20;
/** How many records of a partition are handed over when they are worked on one by one: each that waits in memory is one more to collect. */
const SERIAL_WINDOW = 16;

/**
 * One member at work.
 *
 * A batch is put into its partition's keeping and the client reads on at once, so that no partition waits for another's handlers. Before
 * partitions go to others, and at the end, nothing more of them starts, what runs ends and is committed.
 */
export class Consumption {
  readonly #client: Client;
  readonly #subscription: Subscription;
  readonly #handle: HandleRecord;
  readonly #stop: AbortSignal;
  readonly #ended = new AbortController();
  readonly #say: ConsumeReporter;
  /** Tells this member from others in what is committed. */
  readonly #token = randomBytes(4).toString('base64url');
  #membership: Membership | undefined;
  #reading: Fetching | undefined;
  #topicId: string | undefined;
  #partitions = new Map<number, Partition>();
  /** What is assigned, also while its place is looked up. */
  readonly #assigned = new Map<number, object>();
  #committing: Promise<void> | undefined;
  /** When a commit was answered, or the first was sent. */
  #lastSaid = 0;
  #rejection: Error | undefined;
  #failure: Error | undefined;
  /** Until when calls and commits may take to end, by the monotonic clock. */
  #deadline = Infinity;
  #finishing: Promise<void> | undefined;
  readonly #lost = new Set<Partition>();
  #onChange: (() => void)[] = [];

  constructor(client: Client, subscription: Subscription, handle: HandleRecord, stop: AbortSignal) {
    this.#client = client;
    this.#subscription = subscription;
    this.#handle = handle;
    this.#stop = stop;
    this.#say = consumeReporter(client.observe, subscription);
  }

  /** See `Subscriber`. */
  async run(): Promise<void> {
    if (this.#stop.aborted) return;
    const onStop = () => this.#end();
    this.#stop.addEventListener('abort', onStop, { once: true });
    try {
      await this.#begin();
      if (!this.#isEnding) await this.#work();
    } finally {
      this.#stop.removeEventListener('abort', onStop);
    }
    const error = this.#rejection ?? this.#failure;
    if (error !== undefined) throw error;
  }

  get #isEnding(): boolean {
    return this.#ended.signal.aborted;
  }

  /** A group that has a place somewhere on the topic has begun: where it has none, partitions came later. */
  async #begin(): Promise<void> {
    const { admin, begun } = this.#client;
    const { topic, group, start } = this.#subscription;
    const key = `${group} ${topic}`;
    // A topic that is gone is waited for: to make it again is for whoever deleted it.
    if (begun.has(key)) return;
    const hasPlace = (await admin.hasTopic(topic)) && (await admin.committed(topic, group)).size > 0;
    if (!hasPlace) await createGroup(this.#client, topic, group, start);
    begun.add(key);
    // Beside the rest, and a user who may not ask consumes all the same.
    const say = (forMs: number | undefined) => forMs !== undefined && this.#say.offsetsKept(forMs);
    void admin.offsetsRetentionMs().then(say, () => undefined);
  }

  async #work(): Promise<void> {
    const { topic, group, stopBudgetMs } = this.#subscription;
    const membership = this.#client.member(
      { topic, group, rebalanceTimeoutMs: Math.min(stopBudgetMs, MAX_TIMER_MS) },
      {
        onRevoke: (partitions) => this.#giveBack(partitions),
        onAssigned: (partitions) => void this.#takeOver(partitions),
        onLost: (reason) => {
          this.#say.lost(reason);
          this.#lose(reason);
        },
        onFailed: (error) => this.#fail(error),
      },
    );
    this.#membership = membership;
    const joined = membership.join();
    while (!this.#isEnding) await this.#changed();
    membership.retire();
    await this.#finish();
    this.#reading?.close();
    await membership.leave();
    await joined;
  }

  async #takeOver(numbers: readonly number[]): Promise<void> {
    const claims = new Map(numbers.map((each) => [each, {}]));
    for (const [number, claim] of claims) this.#assigned.set(number, claim);
    const isOurs = (number: number) => claims.has(number) && this.#assigned.get(number) === claims.get(number);
    const committed = numbers.length === 0 ? new Map<number, Committed>() : await this.#places(numbers, isOurs);
    const ours = numbers.filter(isOurs);
    if (committed === undefined || ours.length === 0 || this.#isEnding) return;
    const id = this.#membership?.topicId;
    if (id !== undefined && this.#topicId !== undefined && id !== this.#topicId) this.#onTopicReplaced();
    this.#topicId ??= id;
    const of = this.#topicId === undefined ? undefined : shortTopicId(this.#topicId);
    const others = [...committed.values()].filter(
      (place) => ours.includes(place.partition) && Partition.isOfOther(place, of),
    );
    if (others.length > 0) this.#say.replaced(others);
    for (const number of ours) this.#add(number, committed.get(number), of);
    this.#commit();
  }

  #add(number: number, committed: Committed | undefined, topicId: string | undefined): void {
    const { topic, maxInFlight, isSerial = false } = this.#subscription;
    const window = isSerial ? Math.min(maxInFlight, SERIAL_WINDOW) : maxInFlight;
    const isLate = () => this.#isLate();
    const options = { topic, partition: number, maxInFlight, window, isLate, topicId, member: this.#token };
    const partition = new Partition(options, committed);
    this.#partitions.set(number, partition);
    this.#reading ??= this.#read();
    this.#reading?.start(number, partition.until);
  }

  #read(): Fetching | undefined {
    return this.#membership?.read({
      wants: (partition) => {
        const of = this.#partitions.get(partition);
        return of !== undefined && !of.isFull && !of.isGivenBack && !this.#isEnding;
      },
      onBatch: (batch) => this.#onBatch(batch),
      onOutOfRange: (partition, range) => this.#onOutOfRange(partition, range),
      onUnreadable: (partition, offset, error) => this.#say.unreadable(partition, offset, error),
      onTopicReplaced: () => this.#onTopicReplaced(),
      onFailed: (error) => this.#fail(error),
    });
  }

  /** Asks until it is answered: a member that gave up would have its partitions and not consume them. */
  async #places(
    numbers: readonly number[],
    isOurs: (number: number) => boolean,
  ): Promise<ReadonlyMap<number, Committed> | undefined> {
    for (let n = 1; ; n += 1) {
      try {
        const places = await this.#membership?.positions(numbers);
        this.#say.lookUps.worked();
        return places;
      } catch (thrown) {
        const error = asError(thrown);
        if (isFinal(error)) {
          this.#fail(error);
          return undefined;
        }
        this.#say.lookUps.failed(error);
        await sleep(delayMs(RETRY, n), this.#ended.signal).catch(() => undefined);
        if (this.#isEnding || !numbers.some(isOurs)) return undefined;
      }
    }
  }

  #onBatch(batch: Batch): void {
    const partition = this.#partitions.get(batch.partition);
    if (partition === undefined) return;
    partition.append(batch);
    this.#advance(batch.partition, partition);
    this.#commit();
  }

  #onOutOfRange(
    number: number,
    range: { readonly asked: number; readonly low: number; readonly high: number },
  ): number {
    const { low } = range;
    const partition = this.#partitions.get(number);
    if (partition === undefined) return low;
    // Where the group had no place there was nothing to lose.
    if (!partition.isNew || range.asked > 0) this.#say.outOfRange(number, range);
    partition.jump(low);
    this.#advance(number, partition);
    this.#commit();
    return low;
  }

  /** Places in the old topic say nothing about the new one: all of that is handled. Who read the old one reads no more. */
  #onTopicReplaced(): void {
    const id = this.#membership?.topicId;
    if (this.#isEnding) return;
    this.#reading?.close();
    this.#reading = this.#read();
    const kept = [...this.#partitions].filter(([, { isGivenBack }]) => !isGivenBack);
    if (id === undefined || id === this.#topicId) {
      for (const [number, { until }] of kept) this.#reading?.start(number, until);
      return;
    }
    this.#topicId = id;
    if (kept.length > 0) this.#say.replaced(kept.map(([partition, { until: offset }]) => ({ partition, offset })));
    for (const [number, partition] of kept) {
      this.#abort([partition], 'the topic was deleted and made anew');
      if (partition.open > 0) this.#lost.add(partition);
      this.#add(number, undefined, shortTopicId(id));
    }
    this.#change();
    this.#commit();
  }

  #advance(number: number, partition: Partition): void {
    while (!this.#isEnding && this.#partitions.get(number) === partition) {
      const call = this.#take(partition);
      if (call === undefined) break;
      void this.#run(number, partition, call);
    }
    if (partition.takeResume()) this.#reading?.changed();
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
    for (let n = 1; ; n += 1) {
      const offsets = this.#uncommitted();
      if (offsets.length === 0 || this.#failure !== undefined) return;
      const partitions = this.#partitions;
      try {
        const answer = (await this.#membership?.commit(offsets)) ?? 'lost';
        if (answer === 'lost') return this.#lose('the group went on without this member');
        this.#lastSaid = performance.now();
        if (answer === 'done') this.#say.commits.worked();
        if (answer === 'done' || (answer === 'gone' && this.#say.commits.failedForMs > GONE_MS)) {
          n = 0;
          this.#said(offsets, partitions);
          continue;
        }
        throw new UnavailableError(`Kafka: could not commit yet: ${WHY_NOT[answer]}.`);
      } catch (thrown) {
        const error = asError(thrown);
        const waitMs = delayMs(RETRY, n);
        if (isFinal(error) || performance.now() + waitMs > this.#deadline) return this.#fail(error);
        this.#say.commits.failed(error);
        // Events must not wait for a coordinator that is away.
        for (const [number, partition] of this.#partitions) {
          partition.mark();
          this.#advance(number, partition);
        }
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  #said(offsets: readonly (Committed & Progress)[], partitions: ReadonlyMap<number, Partition>): void {
    for (const { partition: number, ...progress } of offsets) {
      const partition = partitions.get(number);
      if (partition === undefined || this.#partitions.get(number) !== partition) continue;
      partition.committed(progress);
      this.#advance(number, partition);
    }
    this.#change();
  }

  #uncommitted(): readonly (Committed & Progress)[] {
    return [...this.#partitions].flatMap(([partition, { toCommit }]) =>
      toCommit === undefined ? [] : [{ partition, ...toCommit }],
    );
  }

  /** What was handed over goes to others: waits end, running handlers go on, and what they finish in time is committed. */
  async #giveBack(numbers: readonly number[]): Promise<void> {
    if (this.#isEnding) return this.#finish();
    this.#deadline = performance.now() + this.#subscription.stopBudgetMs;
    for (const number of numbers) {
      this.#assigned.delete(number);
      this.#reading?.stop(number);
    }
    const moving = () => numbers.flatMap((each) => this.#partitions.get(each) ?? []);
    for (const partition of moving()) partition.giveBack();
    this.#abort(moving(), 'the group divides its partitions anew', HandoverError);
    await this.#drain(moving);
    // Nothing of it may be committed from here on: a broker would take it for partitions that are another's by then.
    this.#forget(numbers);
    if (this.#ended.signal.aborted) return this.#finish();
    this.#deadline = Infinity;
  }

  #finish(): Promise<void> {
    return (this.#finishing ??= this.#drain(() => [...this.#partitions.values(), ...this.#lost]));
  }

  /** Lets the calls that run end within the budget, and commits them. */
  async #drain(partitions: () => readonly Partition[]): Promise<void> {
    // The timer says when the budget is spent, not the clock: a timer may come a moment before its time, and no second one comes.
    const budget = { isSpent: false };
    const onSpent = () => {
      budget.isSpent = true;
      this.#change();
    };
    const timer = setTimeout(onSpent, Math.min(Math.max(0, this.#deadline - performance.now()), MAX_TIMER_MS));
    while (this.#open(partitions()) > 0 && !budget.isSpent) await this.#changed();
    clearTimeout(timer);
    if (this.#open(partitions()) > 0) {
      this.#abort(partitions(), `the ${this.#subscription.stopBudgetMs} ms that calls may take to end are over`);
      await nextTurnOfLoop();
    }
    for (const partition of partitions()) partition.release();
    const ours = () => new Set(this.#partitions.values());
    while (
      partitions().some((each) => ours().has(each) && each.toCommit !== undefined) &&
      this.#failure === undefined
    ) {
      this.#commit();
      await this.#changed();
    }
  }

  #open(partitions: readonly Partition[]): number {
    return partitions.reduce((sum, { open }) => sum + open, 0);
  }

  #lose(reason: string): void {
    this.#abort([...this.#partitions.values()], reason);
    for (const number of this.#assigned.keys()) this.#reading?.stop(number);
    this.#assigned.clear();
    this.#forget([...this.#partitions.keys()]);
    this.#change();
  }

  /** Nothing of these partitions is committed any more, and what of them still runs is waited for only at the end. */
  #forget(numbers: readonly number[]): void {
    const partitions = new Map(this.#partitions);
    for (const number of numbers) {
      const partition = partitions.get(number);
      if (partition !== undefined && partition.open > 0) this.#lost.add(partition);
      partitions.delete(number);
    }
    this.#partitions = partitions;
  }

  #abort(partitions: readonly Partition[], reason: string, Kind: new (message: string) => Error = Error): void {
    const { member, group, topic } = this.#subscription;
    const error = new Kind(`Member ${member} of group ${group} on topic ${topic} gives up its records: ${reason}.`);
    for (const partition of partitions) partition.lost.abort(error);
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#lose(error.message);
    this.#end();
  }

  #end(rejection?: Error): void {
    if (this.#isEnding) return;
    this.#rejection = rejection;
    this.#deadline = performance.now() + this.#subscription.stopBudgetMs;
    this.#ended.abort(new Error('The member ends.'));
    this.#membership?.retire();
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

const WHY_NOT = { again: 'the group divides its partitions', gone: 'the broker does not have this topic' } as const;

/** What asking again does not mend. */
function isFinal(error: Error): boolean {
  return error instanceof AccessRefusedError || error instanceof SettingsError;
}
