import { asError } from '../core/backoff.js';
import type { Admin, GroupPosition } from '../core/backend.js';
import { lagSeconds } from '../core/lag.js';
import type { Observer } from '../core/notices/notice.js';
import type { Instruments, Value } from './series.js';

/** Lag older than this many intervals is not shown: an old figure looks like a present one. */
const STALE_AFTER = 3;

export interface LagPollerOptions {
  readonly admin: Pick<Admin, 'positions'>;
  readonly instruments: Instruments;
  readonly observe: Observer;
  readonly intervalMs: number;
}

/**
 * Reads the lag of groups again and again, and shows it as metrics.
 *
 * It reads a group once at a time. It keeps no process alive, and nobody waits for it: what it reads after
 * {@link close} is thrown away.
 */
export class LagPoller {
  readonly #options: LagPollerOptions;
  readonly #followed = new Map<string, FollowedGroup>();

  constructor(options: LagPollerOptions) {
    this.#options = options;
    options.instruments.beforeReading(() => {
      for (const group of this.#followed.values()) group.dropStale();
    });
  }

  /** Reads the lag of this group now and after each interval. Each call needs an {@link unfollow}. */
  follow(topic: string, group: string): void {
    const id = JSON.stringify([topic, group]);
    const known = this.#followed.get(id);
    if (known !== undefined) known.followers += 1;
    else this.#followed.set(id, new FollowedGroup(topic, group, this.#options));
  }

  unfollow(topic: string, group: string): void {
    const id = JSON.stringify([topic, group]);
    const known = this.#followed.get(id);
    if (known === undefined) return;
    known.followers -= 1;
    if (known.followers > 0) return;
    this.#followed.delete(id);
    known.end();
  }

  /** Ends all reading. */
  close(): void {
    for (const group of this.#followed.values()) group.end();
    this.#followed.clear();
  }
}

class FollowedGroup {
  followers = 1;
  readonly #topic: string;
  readonly #group: string;
  readonly #options: LagPollerOptions;
  readonly #partitions = new Map<number, { readonly events: Value; seconds: Value | undefined }>();
  readonly #failures: Value;
  #readAt: Value | undefined;
  /** A time of `performance.now()`, in ms. */
  #freshUntil = 0;
  #hasFailed = false;
  #hasEnded = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(topic: string, group: string, options: LagPollerOptions) {
    this.#topic = topic;
    this.#group = group;
    this.#options = options;
    this.#failures = options.instruments.make('event_bus_lag_read_failures_total', { topic, group });
    void this.#poll();
  }

  dropStale(): void {
    if (performance.now() > this.#freshUntil) this.#drop(new Set());
  }

  end(): void {
    const { instruments } = this.#options;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#drop(new Set());
    instruments.remove('event_bus_lag_read_failures_total', this.#failures);
    if (this.#readAt !== undefined) instruments.remove('event_bus_lag_read_timestamp_seconds', this.#readAt);
  }

  async #poll(): Promise<void> {
    const { admin, intervalMs } = this.#options;
    const startedAt = performance.now();
    try {
      const positions = await admin.positions(this.#topic, this.#group);
      if (this.#hasEnded) return;
      this.#show(positions);
      this.#freshUntil = performance.now() + STALE_AFTER * intervalMs;
      this.#hasFailed = false;
    } catch (thrown) {
      if (this.#hasEnded) return;
      this.#failures.value += 1;
      this.#report(asError(thrown));
    }
    const nextInMs = Math.max(0, startedAt + intervalMs - performance.now());
    this.#timer = setTimeout(() => void this.#poll(), nextInMs).unref();
  }

  #show(positions: readonly GroupPosition[]): void {
    const { instruments } = this.#options;
    const labels = { topic: this.#topic, group: this.#group };
    const now = Date.now();
    for (const position of positions) {
      const { partition, behind } = position;
      const own = { ...labels, partition: `${partition}` };
      let shown = this.#partitions.get(partition);
      if (shown === undefined) {
        shown = { events: instruments.make('event_bus_lag_events', own), seconds: undefined };
        this.#partitions.set(partition, shown);
      }
      shown.events.value = behind;
      const seconds = lagSeconds(now, position);
      if (seconds === null) {
        // The age is not known; 0 would say that there is no lag.
        this.#dropSeconds(shown);
        continue;
      }
      shown.seconds ??= instruments.make('event_bus_lag_seconds', own);
      shown.seconds.value = seconds;
    }
    this.#drop(new Set(positions.map(({ partition }) => partition)));
    this.#readAt ??= instruments.make('event_bus_lag_read_timestamp_seconds', labels);
    this.#readAt.value = now / 1000;
  }

  /** Shows nothing any more of the partitions that are not in `kept`. */
  #drop(kept: ReadonlySet<number>): void {
    for (const [partition, shown] of this.#partitions) {
      if (kept.has(partition)) continue;
      this.#partitions.delete(partition);
      this.#options.instruments.remove('event_bus_lag_events', shown.events);
      this.#dropSeconds(shown);
    }
  }

  #dropSeconds(shown: { seconds: Value | undefined }): void {
    if (shown.seconds !== undefined) this.#options.instruments.remove('event_bus_lag_seconds', shown.seconds);
    shown.seconds = undefined;
  }

  #report(error: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.observe({
      kind: 'backend-report',
      level: 'warn',
      what: 'Could not read the lag for the metrics, will try again; further failures in a row are only counted',
      fields: [
        ['topic', this.#topic],
        ['group', this.#group],
        ['error', error.message],
      ],
    });
  }
}
