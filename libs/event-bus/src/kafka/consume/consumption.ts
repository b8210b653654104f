import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';
import type { HandleRecord, Subscription } from '../../core/backend.js';
import { asError } from '../../core/backoff.js';
import { Budget } from '../../core/budget.js';
import { Changes } from '../../core/changes.js';
import { HandoverError } from '../../core/errors.js';
import { createGroup } from '../admin/groups.js';
import { shortTopicId } from './commit-metadata.js';
import { Commits } from './commits.js';
import { Held, openIn } from './held.js';
import { type Call, Partition } from './partition.js';
import { placesOf } from './places.js';
import type { Batch, Client, Committed, Fetching, Membership } from '../port.js';
import { missingForAny } from '../records/compression.js';
import { consumeReporter, type ConsumeReporter } from './reports.js';

/** The longest time that the protocol can say, in ms. */
const MAX_INT32 = 2 ** 31 - 1;
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
  readonly #held: Held;
  readonly #changes = new Changes();
  readonly #membership: Membership;
  readonly #commits: Commits;
  #reading: Fetching | undefined;
  #topicId: string | undefined;
  /** What is assigned, also while its place is looked up. */
  readonly #assigned = new Map<number, object>();
  #rejection: Error | undefined;
  #failure: Error | undefined;
  /** Until when calls and commits may take to end, by the monotonic clock. */
  #deadline = Infinity;
  #finishing: Promise<void> | undefined;

  constructor(client: Client, subscription: Subscription, handle: HandleRecord, stop: AbortSignal) {
    this.#client = client;
    this.#subscription = subscription;
    this.#handle = handle;
    this.#stop = stop;
    this.#say = consumeReporter(client.observe, subscription);
    this.#held = new Held(subscription);
    this.#membership = this.#member();
    this.#commits = new Commits({
      membership: this.#membership,
      held: this.#held,
      ailment: this.#say.commits,
      deadline: () => this.#deadline,
      onAdvance: (number, partition) => this.#advance(number, partition),
      onSaid: () => this.#changes.tell(),
      onLost: () => this.#lose('the group went on without this member'),
      onFailed: (error) => this.#fail(error),
    });
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
    for (const missing of await missingForAny()) this.#say.cannotDecompress(missing);
    // Beside the rest, and a user who may not ask consumes all the same.
    const say = (forMs: number | undefined) => forMs !== undefined && this.#say.offsetsKept(forMs);
    void admin.offsetsRetentionMs().then(say, () => undefined);
  }

  #member(): Membership {
    const { topic, group, stopBudgetMs } = this.#subscription;
    return this.#client.member(
      { topic, group, rebalanceTimeoutMs: Math.min(stopBudgetMs, MAX_INT32) },
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
  }

  async #work(): Promise<void> {
    const joined = this.#membership.join();
    while (!this.#isEnding) await this.#changes.next();
    await this.#finish();
    this.#reading?.close();
    await this.#membership.leave();
    await joined;
  }

  async #takeOver(numbers: readonly number[]): Promise<void> {
    if (numbers.length === 0) {
      this.#subscription.onAssigned?.();
      return;
    }
    const claim = {};
    for (const number of numbers) this.#assigned.set(number, claim);
    const ours = () => numbers.filter((number) => this.#assigned.get(number) === claim && !this.#isEnding);
    try {
      const committed = await placesOf(numbers, {
        membership: this.#membership,
        ailment: this.#say.lookUps,
        isWanted: () => ours().length > 0,
        signal: this.#ended.signal,
      });
      if (committed === undefined) return;
      this.#add(ours(), committed);
      this.#subscription.onAssigned?.();
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  #add(numbers: readonly number[], committed: ReadonlyMap<number, Committed>): void {
    const id = this.#membership.topicId;
    if (id !== undefined && this.#topicId !== undefined && id !== this.#topicId) this.#onTopicReplaced();
    this.#topicId ??= id;
    const places = numbers.flatMap((number) => committed.get(number) ?? []);
    const others = places.filter((place) => Partition.isOfOther(place, this.#shortTopicId));
    if (others.length > 0) this.#say.replaced(others);
    for (const number of numbers) this.#start(number, committed.get(number));
    this.#commits.begin();
  }

  #start(number: number, committed: Committed | undefined): void {
    const { topic, maxInFlight, isSerial = false } = this.#subscription;
    const place = {
      topic,
      partition: number,
      maxInFlight,
      window: isSerial ? Math.min(maxInFlight, SERIAL_WINDOW) : maxInFlight,
      isLate: () => this.#commits.isLate,
      topicId: this.#shortTopicId,
      member: this.#token,
    };
    const partition = new Partition(place, committed);
    this.#held.set(number, partition);
    this.#reading ??= this.#read();
    this.#reading.start(number, partition.until);
  }

  get #shortTopicId(): string | undefined {
    return this.#topicId === undefined ? undefined : shortTopicId(this.#topicId);
  }

  #read(): Fetching {
    return this.#membership.read({
      wants: (partition) => {
        const of = this.#held.get(partition);
        return of !== undefined && !of.isFull && !of.isGivenBack && !this.#isEnding;
      },
      onBatch: (batch) => this.#onBatch(batch),
      onOutOfRange: (partition, range) => this.#onOutOfRange(partition, range),
      onUnreadable: (partition, offset, error) => this.#say.unreadable(partition, offset, error),
      onReadable: (partition, offset) => this.#say.readable(partition, offset),
      onTopicReplaced: () => this.#onTopicReplaced(),
      onFailed: (error) => this.#fail(error),
    });
  }

  #onBatch(batch: Batch): void {
    const partition = this.#held.get(batch.partition);
    if (partition === undefined) return;
    partition.append(batch);
    this.#advance(batch.partition, partition);
    this.#commits.begin();
  }

  #onOutOfRange(
    number: number,
    range: { readonly asked: number; readonly low: number; readonly high: number },
  ): number {
    const { low } = range;
    const partition = this.#held.get(number);
    if (partition === undefined) return low;
    // Where the group had no place there was nothing to lose.
    if (!partition.isNew || range.asked > 0) this.#say.outOfRange(number, range);
    partition.jump(low);
    this.#advance(number, partition);
    this.#commits.begin();
    return low;
  }

  /** Places in the old topic say nothing about the new one: all of that is handled. Who read the old one reads no more. */
  #onTopicReplaced(): void {
    if (this.#isEnding) return;
    const id = this.#membership.topicId;
    this.#reading?.close();
    this.#reading = this.#read();
    const kept = this.#held.entries().filter(([, { isGivenBack }]) => !isGivenBack);
    if (id === undefined || id === this.#topicId) {
      for (const [number, { until }] of kept) this.#reading.start(number, until);
      return;
    }
    this.#topicId = id;
    if (kept.length > 0) this.#say.replaced(kept.map(([partition, { until: offset }]) => ({ partition, offset })));
    for (const [number, partition] of kept) {
      this.#held.abort([partition], 'the topic was deleted and made anew');
      this.#start(number, undefined);
    }
    this.#changes.tell();
    this.#commits.begin();
  }

  #advance(number: number, partition: Partition): void {
    while (!this.#isEnding && this.#held.get(number) === partition) {
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
      this.#held.ended(partition);
      this.#advance(number, partition);
      this.#commits.begin();
      this.#changes.tell();
    };
    return this.#handle(call.record, signal).then(
      () => onEnd('settled'),
      (error: unknown) => {
        if (!signal.aborted && !this.#stop.aborted) this.#end(asError(error));
        onEnd('unsettled');
      },
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
    const moving = () => this.#held.entries(numbers).map(([, partition]) => partition);
    for (const partition of moving()) partition.giveBack();
    this.#held.abort(moving(), 'the group divides its partitions anew', HandoverError);
    await this.#drain(moving);
    // Nothing of it may be committed from here on: a broker would take it for partitions that are another's by then.
    this.#held.forget(numbers);
    if (this.#ended.signal.aborted) return this.#finish();
    this.#deadline = Infinity;
  }

  #finish(): Promise<void> {
    return (this.#finishing ??= this.#drain(() => this.#held.all()));
  }

  /** Lets the calls that run end within the budget, and commits them. */
  async #drain(partitions: () => readonly Partition[]): Promise<void> {
    const budget = new Budget(this.#deadline - performance.now(), () => this.#changes.tell());
    while (openIn(partitions()) > 0 && !budget.isSpent) await this.#changes.next();
    budget.clear();
    if (openIn(partitions()) > 0) {
      this.#held.abort(partitions(), `the ${this.#subscription.stopBudgetMs} ms that calls may take to end are over`);
      await nextTurnOfLoop();
    }
    for (const partition of partitions()) partition.release();
    while (this.#failure === undefined && this.#held.isUncommitted(partitions())) {
      this.#commits.begin();
      await this.#changes.next();
    }
  }

  #lose(reason: string): void {
    const all = this.#held.entries();
    this.#held.abort(
      all.map(([, partition]) => partition),
      reason,
    );
    for (const number of this.#assigned.keys()) this.#reading?.stop(number);
    this.#assigned.clear();
    this.#held.forget(all.map(([number]) => number));
    this.#changes.tell();
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#commits.end();
    this.#lose(error.message);
    this.#end();
  }

  #end(rejection?: Error): void {
    if (this.#isEnding) return;
    this.#rejection = rejection;
    this.#deadline = performance.now() + this.#subscription.stopBudgetMs;
    this.#ended.abort(new Error('The member ends.'));
    this.#membership.retire();
    this.#changes.tell();
  }
}
