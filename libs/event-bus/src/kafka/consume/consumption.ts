import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';
import type { HandleRecord, Subscription } from '../../core/backend.js';
import { asError } from '../../core/backoff.js';
import { Budget } from '../../core/member/budget.js';
import { Changes } from '../../core/member/changes.js';
import { HandoverError } from '../../core/errors.js';
import { beginGroup } from './begin-group.js';
import { shortTopicId } from './commit-metadata.js';
import { Commits } from './commits.js';
import { Held, openIn } from './held.js';
import { type Call, Partition } from './partition.js';
import { placesOf } from './places.js';
import type { Batch, Client, Committed, Fetching, Membership } from '../port.js';
import { consumeReporter, type ConsumeReporter } from './reports.js';

/** The longest time that the protocol can express, in ms. */
const MAX_INT32 = 2 ** 31 - 1;
/**
 * The records in hand per partition if they are handled one by one. More records in memory would only cost garbage
 * collection.
 */
const SERIAL_WINDOW = 16;

/**
 * The consumption of one member.
 *
 * Each batch is stored in its partition and the client reads on at once, so no partition waits for another's handlers.
 * Before partitions go to other members, and at the end, no new handlers start, and running ones end and are committed.
 */
export class Consumption {
  readonly #client: Client;
  readonly #subscription: Subscription;
  readonly #handle: HandleRecord;
  readonly #stop: AbortSignal;
  readonly #ended = new AbortController();
  readonly #say: ConsumeReporter;
  /** Identifies this member in committed data. */
  readonly #token = randomBytes(4).toString('base64url');
  readonly #held: Held;
  readonly #changes = new Changes();
  readonly #membership: Membership;
  readonly #commits: Commits;
  #reading: Fetching | undefined;
  #topicId: string | undefined;
  /** The assigned partitions, also while their positions are looked up. */
  readonly #assigned = new Map<number, object>();
  #rejection: Error | undefined;
  #failure: Error | undefined;
  /** When calls and commits must have ended, in ms of the monotonic clock. */
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
      onLost: () => this.#lose('the group removed this member'),
      onFailed: (error) => this.#fail(error),
    });
  }

  /** See `Subscriber`. */
  async run(): Promise<void> {
    if (this.#stop.aborted) return;
    const onStop = () => this.#end();
    this.#stop.addEventListener('abort', onStop, { once: true });
    try {
      await beginGroup(this.#client, this.#subscription, this.#say);
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
    // A group without a position has lost nothing.
    if (!partition.isNew || range.asked > 0) this.#say.outOfRange(number, range);
    partition.jump(low);
    this.#advance(number, partition);
    this.#commits.begin();
    return low;
  }

  /**
   * Positions in the old topic mean nothing in the new one, so all its records are handled. The reader of the old topic
   * is closed.
   */
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
      this.#held.abort([partition], 'the topic was deleted and created again');
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
      // These bytes are not records. Reading them again is all that the consumer can try.
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

  /** Gives partitions back: waits end, running handlers continue, and events finished in time are committed. */
  async #giveBack(numbers: readonly number[]): Promise<void> {
    if (this.#isEnding) return this.#finish();
    this.#deadline = performance.now() + this.#subscription.stopBudgetMs;
    for (const number of numbers) {
      this.#assigned.delete(number);
      this.#reading?.stop(number);
    }
    const moving = () => this.#held.entries(numbers).map(([, partition]) => partition);
    for (const partition of moving()) partition.giveBack();
    this.#held.abort(moving(), 'the group is rebalancing', HandoverError);
    await this.#drain(moving);
    // No commit for these partitions from here on: the broker would accept it although they belong to others by then.
    this.#held.forget(numbers);
    if (this.#ended.signal.aborted) return this.#finish();
    this.#deadline = Infinity;
  }

  #finish(): Promise<void> {
    return (this.#finishing ??= this.#drain(() => this.#held.all()));
  }

  /** Waits within the budget for running calls to end, and commits them. */
  async #drain(partitions: () => readonly Partition[]): Promise<void> {
    const budget = new Budget(this.#deadline - performance.now(), () => this.#changes.tell());
    while (openIn(partitions()) > 0 && !budget.isSpent) await this.#changes.next();
    budget.clear();
    if (openIn(partitions()) > 0) {
      this.#held.abort(
        partitions(),
        `handlers did not end within the stop budget of ${this.#subscription.stopBudgetMs} ms`,
      );
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
