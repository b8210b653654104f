import type { Admin } from '../core/backend.js';
import type { Observer } from '../core/notice.js';
import { busFigures } from './bus-figures.js';
import type { Holder } from './consuming.js';
import { LagPoller } from './lag-poller.js';
import { loadClient } from './load.js';
import { exporterOf, type MetricsOption } from './options.js';
import { type Exposed, exposeIn, type PrometheusRegistry } from './prometheus.js';
import { Instruments } from './series.js';

/** A text for Prometheus. */
export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

/** The metrics of one bus. */
export interface BusMetrics {
  /** Counts a notice. */
  readonly observe: Observer;
  /** Counts the records in hand of a consumer until it has ended. */
  watch(holder: Holder): void;
  /** Shows the metrics, and reads the lag of the consumers' groups from this backend. */
  start(admin: Pick<Admin, 'positions'>): void;
  /** The metrics of the whole registry. `undefined` if they go elsewhere. */
  readonly text: (() => Promise<MetricsText>) | undefined;
  /** Ends reading lag. Call it before the backend is closed. */
  stopReadingLag(): void;
  /** Removes the metrics of this bus. */
  close(): void;
}

export interface BusMetricsOptions {
  readonly to: MetricsOption;
  /** Whether an event type is defined in this process. All others share a label. */
  readonly isKnown: (type: string) => boolean;
  /** How often the lag is read, in ms; 0 for never. */
  readonly lagIntervalMs: number;
  readonly observe: Observer;
}

/** Loads what the metrics need. Rejects with `SettingsError` if their client is not installed. */
export async function openMetrics(options: BusMetricsOptions): Promise<BusMetrics | undefined> {
  const { to, lagIntervalMs: intervalMs, observe } = options;
  if (exporterOf(to) === 'off') return undefined;
  const registry = await registryOf(to);
  const instruments = new Instruments();
  const figures = busFigures(instruments, options.isKnown);
  let poller: LagPoller | undefined;
  let exposed: Exposed | undefined;
  return {
    observe: (notice) => {
      figures.observe(notice);
      if (notice.kind === 'group-joined') poller?.follow(notice.topic, notice.group);
      else if (notice.kind === 'stopped') poller?.unfollow(notice.topic, notice.group);
    },
    watch: (holder) => figures.watch(holder),
    start(admin) {
      exposed = exposeIn(registry, instruments);
      if (intervalMs > 0) poller = new LagPoller({ admin, instruments, observe, intervalMs });
    },
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    stopReadingLag: () => poller?.close(),
    close: () => exposed?.close(),
  };
}

async function registryOf(to: MetricsOption): Promise<PrometheusRegistry> {
  if (typeof to === 'object' && 'registry' in to) return to.registry;
  const { register } = await loadClient('prometheus', 'prom-client', () => import('prom-client'));
  return register;
}
