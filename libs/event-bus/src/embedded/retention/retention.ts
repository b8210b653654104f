import { uptime } from 'node:os';

import { asError } from '../../core/backoff.js';
import { isDeadLetterTopic } from '../../core/topics/dead-letter-topic.js';
import { monotonicMs } from '../thread/clock.js';
import type { Database } from '../log/database.js';
import { deadLetterSteps } from './dead-letters.js';
import { shrink, sizeOf } from '../log/file-size.js';
import { type Group, positionOf } from '../groups/groups.js';
import type { Report, RetentionLimits } from '../thread/protocol.js';
import { expiring, expired, failed } from './reports.js';
import { steadyForMs } from './steady-clock.js';
import { isClose, lookAtGroups, NO_STEP, type Step, trimByAge, trimOldest } from './trimming.js';
import { allTopics } from '../topics/topics.js';

export interface RetentionOptions extends RetentionLimits {
  readonly database: () => Database;
  readonly onReport: (report: Report) => void;
  /** Called when the file does not answer. */
  readonly onFailed: (error: Error) => void;
}

/** The pause between two steps of a round, in ms. Other processes get the lock meanwhile. */
const PAUSE_MS = 2;
/** A clock is trusted after it has been steady for this time, in ms. By then a wrong clock would have been set. */
const TRUSTED_MS = 3_600_000;
/** The first round starts soon, in ms, because the process may be short-lived. */
const FIRST_MS = 1_000;

/**
 * Removes old records. It keeps unsettled records of a group that has members, or had some within the expiry.
 *
 * It works in short transactions, so that nobody waits for a whole round. Several processes may run it at the same
 * time.
 */
export class Retention {
  readonly #options: RetentionOptions;
  /** The groups already reported as close to their expiry. */
  readonly #warned = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #round: Generator<void> | undefined;
  #isHeld = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Starts the regular removal if any limit is set. */
  begin(): void {
    const { retentionMs, deadLetterRetentionMs, retentionBytes, trimEveryMs } = this.#options;
    if ([retentionMs, deadLetterRetentionMs, retentionBytes].every((limit) => limit === undefined)) return;
    this.#timer ??= setTimeout(() => this.#start(), Math.min(FIRST_MS, trimEveryMs));
  }

  /** Call this when the log has grown. Never throws, because the records are published whatever happens here. */
  grown(): void {
    try {
      if (this.#round !== undefined || this.#isHeld || !this.#isTooLarge()) return;
    } catch {
      // The next use of the file fails too, and reports the error.
      return;
    }
    clearTimeout(this.#timer);
    this.#start();
  }

  /**
   * Removes the oldest records to make room for `bytes`, if `retentionBytes` is set. Returns whether it removed any.
   */
  makeRoom(bytes: number): boolean {
    if (this.#options.retentionBytes === undefined) return false;
    const unsettled: Step['unsettled'][number][] = [];
    let removed = 0;
    while (sizeOf(this.#options.database()).freeBytes < 2 * bytes) {
      const step = trimOldest(this.#options.database(), this.#options.groupExpiryMs);
      if (step.records === 0) break;
      removed += step.records;
      unsettled.push(...step.unsettled);
    }
    this.#reportExpired(unsettled);
    return removed > 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#round?.return(undefined);
    this.#round = undefined;
  }

  #start(): void {
    this.#isHeld = false;
    this.#round = this.#steps();
    this.#next();
  }

  #next(): void {
    const round = this.#round;
    let isOver = true;
    try {
      isOver = round?.next().done === true;
    } catch (thrown) {
      const error = asError(thrown);
      this.#options.onReport(failed(error));
      this.#options.onFailed(error);
    }
    if (isOver) this.#round = undefined;
    this.#timer = setTimeout(
      () => (isOver ? this.#start() : this.#next()),
      isOver ? this.#options.trimEveryMs : PAUSE_MS,
    );
  }

  /** One round. Every step up to a `yield` is one transaction. */
  *#steps(): Generator<void> {
    const { database, trimEveryMs, groupExpiryMs, retentionMs, deadLetterRetentionMs, onReport } = this.#options;
    const times = { now: Date.now(), monotonicNow: monotonicMs() };
    const groups = lookAtGroups(database(), { everyMs: trimEveryMs, groupExpiryMs, ...times });
    if (groups !== undefined) this.#warn(groups);
    yield;
    if (groups !== undefined) {
      const steadyMs = steadyForMs(database(), { now: times.now, uptimeMs: uptime() * 1000 });
      const mayRemove = (ms: number | undefined): ms is number =>
        ms !== undefined && steadyMs >= Math.min(ms, TRUSTED_MS);
      if (mayRemove(retentionMs)) yield* this.#ageSteps(times.now - retentionMs);
      if (mayRemove(deadLetterRetentionMs)) {
        const age = { retentionMs: deadLetterRetentionMs, groupExpiryMs, now: times.now };
        yield* deadLetterSteps(database, age, { onReport, remove: (...steps) => this.#untilNothing(...steps) });
      }
    }
    yield* this.#sizeSteps();
    yield* shrink(database);
  }

  *#ageSteps(before: number): Generator<void> {
    const { database, groupExpiryMs } = this.#options;
    for (const { id, name } of database().read(() => allTopics(database()))) {
      if (isDeadLetterTopic(name)) continue;
      yield* this.#untilNothing(() => trimByAge(database(), id, { before, groupExpiryMs }));
    }
  }

  *#sizeSteps(): Generator<void> {
    const { database, groupExpiryMs } = this.#options;
    const step = () => {
      if (!this.#isTooLarge()) return NO_STEP;
      const done = trimOldest(database(), groupExpiryMs);
      this.#isHeld = done.records === 0;
      return done;
    };
    yield* this.#untilNothing(step);
  }

  /**
   * Repeats `step` until it removes nothing. Then reports what was removed and what expired groups lost, also if a step
   * fails or the round is cut short.
   */
  *#untilNothing(step: () => Step, onRemoved: (records: number) => void = () => undefined): Generator<void> {
    const unsettled: Step['unsettled'][number][] = [];
    let removed = 0;
    try {
      for (let records = Infinity; records > 0;) {
        const done = step();
        records = done.records;
        removed += records;
        unsettled.push(...done.unsettled);
        if (records > 0) yield;
      }
    } finally {
      if (removed > 0) onRemoved(removed);
      this.#reportExpired(unsettled);
    }
  }

  #isTooLarge(): boolean {
    const { retentionBytes, database } = this.#options;
    return retentionBytes !== undefined && sizeOf(database()).usedBytes > retentionBytes;
  }

  #warn(groups: readonly Group[]): void {
    const { database, groupExpiryMs, onReport } = this.#options;
    for (const group of groups) {
      const { id, topic } = group;
      if (!isClose(group, groupExpiryMs)) this.#warned.delete(id);
      else if (!this.#warned.has(id) && database().read(() => positionOf(database(), group)) < topic.nextPosition) {
        this.#warned.add(id);
        onReport(expiring(group));
      }
    }
  }

  #reportExpired(unsettled: Step['unsettled']): void {
    const counts = new Map<number, number>();
    for (const { group, count } of unsettled) counts.set(group.id, (counts.get(group.id) ?? 0) + count);
    for (const [id, count] of counts) {
      const group = unsettled.find((of) => of.group.id === id)?.group;
      if (group !== undefined && count > 0) this.#options.onReport(expired(group, count));
    }
  }
}
