import { setMaxListeners } from 'node:events';
import type { Backend, LostSignal, MoveTarget, ReceivedRecord, Subscription } from '../backend.js';
import { inCleanContext } from './async-context.js';
import { asError, type Backoff, delayMs, sleep } from '../backoff.js';
import type { Middleware, Outcome } from './delivery.js';
import { type Dispatch, dispatch } from './dispatch.js';
import { AbandonedError, AccessRefusedError, AdminError, ErrorsLimitError, SettingsError } from '../errors.js';
import { Lanes } from './lanes.js';
import { Milestone } from './milestone.js';
import { OpenDelivery, Released } from './open-delivery.js';
import { Slots } from './slots.js';
import { asBuffer } from '../utf8.js';

/** Which records are handled one after the other: those of a partition, those of a key, or none. */
export type Ordering = 'partition' | 'key' | 'none';

/** The options of a {@link Consumer}. */
export interface ConsumerOptions extends Dispatch {
  readonly backend: Backend;
  readonly subscription: Subscription;
  readonly ordering: Ordering;
  /**
   * Moves the group before it consumes, unless a move with the same `once` was done before. Messages say "moved the
   * group for <once>".
   */
  readonly moveOnce?: { readonly to: MoveTarget; readonly once: string } | undefined;
  /** How many handlers may run at once in a partition. With ordering `partition`, only those of one record do. */
  readonly concurrency: number;
  /** The first is the outermost. */
  readonly middleware: readonly Middleware[];
  /**
   * The delays before retries after the backend failed. They start again after a record, or after the backend was
   * healthy for `maxMs`.
   */
  readonly reconnect: Backoff;
  /** The consumer ends after this many failed records in a row; `undefined` for no limit. */
  readonly errorsLimit: number | undefined;
}

/**
 * One member of one group on one topic: the consume loop for every backend.
 *
 * It decides which records run in parallel, when to leave, and when to retry a failed backend. `dispatch` and the
 * middleware decide what happens to a single record.
 */
export class Consumer {
  readonly topic: string;
  readonly group: string;
  readonly #options: ConsumerOptions;
  readonly #partitions = new Map<number, Lanes<OpenDelivery, Outcome>>();
  readonly #leaving = new AbortController();
  readonly #ownEnd = { signal: this.#leaving.signal, deadline: () => this.#deadline };
  #deadline = Infinity;
  #failedInARow = 0;
  #failure: Error | undefined;
  #backendFailures = 0;
  readonly #open = new Set<OpenDelivery>();
  #inHand = 0;
  #hasEnded = false;
  readonly #joined = new Milestone();
  readonly #assigned = new Milestone();

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.topic = options.subscription.topic;
    this.group = options.subscription.group;
    // Every waiting delivery adds a listener.
    setMaxListeners(0, this.#leaving.signal);
  }

  /** How many records this member has taken and not settled or given back. */
  get inHand(): number {
    return this.#inHand;
  }

  /** Whether {@link run} has ended. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Resolves when the group has its position and the requested move is done: records published from now on will be
   * handled. Also resolves if the consumer is stopped earlier. Rejects with the error that ended the consumer earlier.
   */
  get joined(): Promise<void> {
    return this.#joined.reached;
  }

  /**
   * Resolves when this member has first joined the group and has its share of the topic. The share may be empty while
   * other members have all of it. Rejects if the consumer ends earlier.
   */
  get assigned(): Promise<void> {
    return this.#assigned.reached;
  }

  /**
   * Consumes until `stop` aborts, then ends cleanly and resolves. Retries an unavailable backend forever. May be called
   * once.
   *
   * Rejects with:
   * - `HaltError` or `ErrorsLimitError` if a policy ends the process
   * - `AbandonedError` if handlers exceeded the stop budget
   * - `SettingsError` or `AccessRefusedError` if the backend cannot be used at all
   * - `AdminError` if the group cannot be moved because it has members
   */
  async run(stop: AbortSignal): Promise<void> {
    const onStop = () => this.#leave(new Released('The consumer is stopping.'));
    if (stop.aborted) onStop();
    else stop.addEventListener('abort', onStop, { once: true });
    try {
      await this.#join();
      await this.#moveOnce();
      this.#joined.reach();
      await this.#consume();
    } catch (error) {
      if (!(error instanceof Released)) this.#failure ??= asError(error);
    } finally {
      stop.removeEventListener('abort', onStop);
    }
    this.#hasEnded = true;
    this.#reportAbandoned();
    const { topic, group } = this.#options.subscription;
    if (this.#failure === undefined) this.#joined.reach();
    else this.#joined.miss(this.#failure);
    this.#assigned.miss(
      this.#failure ?? new Released(`The consumer of ${topic} was stopped before it got its share of the topic.`),
    );
    this.#options.observe({ kind: 'stopped', topic, group, error: this.#failure });
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Reports the deliveries that are still open: their handlers exceeded the stop budget. */
  #reportAbandoned(): void {
    for (const delivery of this.#open) this.#options.observe({ kind: 'abandoned', delivery });
    if (this.#open.size === 0) return;
    this.#failure ??= new AbandonedError(
      `Handlers of ${this.#open.size} event(s) were still running when the stop timeout ended; these events will be handled again.`,
    );
  }

  /** The group gets its position before the first record, so that nothing published from now on is missed. */
  async #join(): Promise<void> {
    const { backend, subscription, observe, moveOnce } = this.#options;
    const { topic, group, member, start } = subscription;
    const isNew = await this.#untilAvailable(() => backend.createGroup(topic, group, start), isWrongSetting);
    const where = backend.location === undefined ? backend.name : `${backend.name} ${backend.location}`;
    observe({ kind: 'group-joined', topic, group, member, backend: where, isNew, start: moveOnce ? undefined : start });
  }

  /** Members that start at the same time all ask for the move. The first call moves the group for all of them. */
  async #moveOnce(): Promise<void> {
    const { backend, subscription, observe, moveOnce } = this.#options;
    if (moveOnce === undefined) return;
    const { topic, group } = subscription;
    const { to, once } = moveOnce;
    const moves = await this.#untilAvailable(() => backend.move(topic, group, to, { once }), isWrongSetting).catch(
      (error: unknown) => {
        throw error instanceof AdminError
          ? new AdminError(`Could not move the group for ${once}: ${error.message}`, { cause: error })
          : error;
      },
    );
    observe({ kind: 'group-moved', topic, group, once, moves });
  }

  async #consume(): Promise<void> {
    const { backend, ordering } = this.#options;
    const { topic, group } = this.#options.subscription;
    const subscription = {
      ...this.#options.subscription,
      isSerial: ordering === 'partition',
      onAssigned: () => {
        this.#assigned.reach();
        this.#options.observe({ kind: 'assigned', topic, group });
      },
    };
    // A refused access was granted before, so the operator may restore it while we wait. A wrong setting of this
    // process cannot change any more.
    await this.#untilAvailable(
      () => backend.consume(subscription, this.#handle, this.#leaving.signal),
      (error) => error instanceof SettingsError,
    );
  }

  async #untilAvailable<Result>(operation: () => Promise<Result>, isFinal: (error: Error) => boolean): Promise<Result> {
    const { backend, subscription, observe, reconnect } = this.#options;
    const { topic, group } = subscription;
    for (let isBack = true; ;) {
      let wasBackAt = Infinity;
      try {
        if (!isBack) {
          await backend.ping();
          observe({ kind: 'reconnected', topic, group });
        }
        wasBackAt = performance.now();
        return await operation();
      } catch (thrown) {
        const error = asError(thrown);
        if (this.#leaving.signal.aborted) {
          if (!this.#isReason(error)) observe({ kind: 'disconnected', topic, group, error, retryInMs: undefined });
          throw this.#failure ?? asError(this.#leaving.signal.reason);
        }
        if (isFinal(error)) throw error;
        isBack = false;
        // On a quiet topic, no record resets the count. Without this line, failures days apart would be failures in a
        // row.
        if (performance.now() - wasBackAt >= reconnect.maxMs) this.#backendFailures = 0;
        this.#backendFailures += 1;
        const retryInMs = delayMs(reconnect, this.#backendFailures);
        observe({ kind: 'disconnected', topic, group, error, retryInMs });
        await sleep(retryInMs, this.#leaving.signal);
      }
    }
  }

  /** Whether the error only repeats the reason that our own calls rejected with. */
  #isReason(error: Error): boolean {
    return error instanceof Released || error === this.#failure || error === this.#leaving.signal.reason;
  }

  readonly #handle = (record: ReceivedRecord, lost: LostSignal): Promise<void> => {
    this.#backendFailures = 0;
    this.#inHand += 1;
    const { codec, subscription } = this.#options;
    const delivery = new OpenDelivery(record, subscription.group, lost, this.#ownEnd, codec);
    if (record.isReplay || (record.abandoned ?? 0) > 0) this.#options.observe({ kind: 'redelivered', delivery });
    return this.#partition(record.partition).run(this.#laneOf(record), delivery);
  };

  #start(delivery: OpenDelivery, deliver: Deliver): Promise<Outcome> {
    const { signal } = this.#leaving;
    if (signal.aborted) return Promise.reject(asError(signal.reason));
    this.#open.add(delivery);
    delivery.startedAt = performance.now();
    return inCleanContext(() => deliver(delivery));
  }

  #ended(delivery: OpenDelivery, outcome: Outcome): void {
    this.#inHand -= 1;
    this.#open.delete(delivery);
    const durationMs = performance.now() - delivery.startedAt;
    this.#options.observe({ kind: 'processed', delivery, outcome, durationMs });
    this.#count(outcome);
  }

  #failed(delivery: OpenDelivery, error: Error): never {
    this.#inHand -= 1;
    // A delivery that did not start because we were leaving is not in the set.
    if (this.#open.delete(delivery)) {
      if (!(error instanceof Released)) this.#leave(error);
      this.#options.observe({ kind: 'released', delivery, reason: error });
    }
    throw error;
  }

  #count(outcome: Outcome): void {
    if (outcome === 'handled') this.#failedInARow = 0;
    if (outcome !== 'failed') return;
    this.#failedInARow += 1;
    const { errorsLimit } = this.#options;
    if (errorsLimit !== undefined && this.#failedInARow >= errorsLimit) {
      this.#leave(
        new ErrorsLimitError(
          `Stopping the consumer: ${this.#failedInARow} records in a row failed, which is the limit (…_CONSUMER_CONSECUTIVE_ERRORS_LIMIT).`,
        ),
      );
    }
  }

  #leave(reason: Error): void {
    if (!(reason instanceof Released)) this.#failure ??= reason;
    if (this.#leaving.signal.aborted) return;
    this.#deadline = performance.now() + this.#options.subscription.stopBudgetMs;
    this.#leaving.abort(reason);
  }

  #partition(number: number): Lanes<OpenDelivery, Outcome> {
    const known = this.#partitions.get(number);
    if (known !== undefined) return known;
    const { ordering, concurrency, middleware } = this.#options;
    const slots = new Slots(ordering === 'partition' ? 1 : concurrency);
    const deliver = through(middleware, (delivery) => dispatch(delivery, slots, this.#options));
    const lanes = new Lanes<OpenDelivery, Outcome>({
      start: (delivery) => this.#start(delivery, deliver),
      ended: (delivery, outcome) => this.#ended(delivery, outcome),
      failed: (delivery, error) => this.#failed(delivery, error),
    });
    this.#partitions.set(number, lanes);
    return lanes;
  }

  #laneOf(record: ReceivedRecord): string | undefined {
    const { ordering, codec } = this.#options;
    if (ordering === 'partition') return '';
    if (ordering === 'none') return undefined;
    return record.key === null ? codec.laneOf?.(record) : asBuffer(record.key).toString('latin1');
  }
}

/** Refused access also counts: nothing has worked yet, and the operator who starts the process can fix it. */
function isWrongSetting(error: Error): boolean {
  return error instanceof SettingsError || error instanceof AdminError || error instanceof AccessRefusedError;
}

type Deliver = (delivery: OpenDelivery) => Promise<Outcome>;

/** The first is the outermost. */
function through(middleware: readonly Middleware[], innermost: Deliver): Deliver {
  return middleware.reduceRight<Deliver>((next, each) => (delivery) => each(delivery, () => next(delivery)), innermost);
}
