import type { Admin } from '../core/backend.js';
import type { Notice, Observer } from '../core/notices/notice.js';
import { busFigures } from './bus-figures.js';
import type { Consumed, Holder } from './consuming.js';
import type { Exporter } from './exporter.js';
import { LagPoller } from './lag-poller.js';
import { loadPackage } from '../core/load-package.js';
import { exporterOf, type MetricsOption } from './options.js';
import { openTelemetry } from './opentelemetry.js';
import { prometheus } from './prometheus.js';
import { Instruments } from './series.js';

/** The metrics of one bus. */
export interface BusMetrics {
  /** Counts a notice. */
  readonly observe: Observer;
  /** Counts the records in hand of a consumer until it has ended. */
  watch(holder: Holder): void;
  /** Counts the stuck handler calls that `find` gives, each with what its consumer consumes. */
  watchStuck(find: () => Iterable<Consumed>): void;
  /** Shows the metrics, and reads the lag of the consumers' groups from this backend. */
  start(admin: Pick<Admin, 'positions'>): void;
  /** See {@link Exporter.text}. */
  readonly text: Exporter['text'];
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
  const exporter = await exporterTo(to, observe);
  const instruments = new Instruments(exporter.onDistribution);
  const figures = busFigures(instruments, options.isKnown);
  let poller: LagPoller | undefined;
  let hide: (() => void) | undefined;
  return {
    observe: (notice) => {
      figures.observe(notice);
      if (notice.kind === 'group-joined') poller?.follow(notice.topic, notice.group);
      else if (notice.kind === 'stopped') poller?.unfollow(notice.topic, notice.group);
    },
    watch: (holder) => figures.watch(holder),
    watchStuck: (find) => figures.watchStuck(find),
    start(admin) {
      hide = exporter.show(instruments);
      if (intervalMs > 0) poller = new LagPoller({ admin, instruments, observe, intervalMs });
    },
    text: exporter.text,
    stopReadingLag: () => poller?.close(),
    close: () => hide?.(),
  };
}

async function exporterTo(to: MetricsOption, observe: Observer): Promise<Exporter> {
  if (exporterOf(to) === 'prometheus') {
    if (typeof to === 'object' && 'registry' in to) return prometheus(to.registry);
    const { register } = await loadPackage('EVENT_BUS_METRICS=prometheus', 'prom-client', () => import('prom-client'));
    return prometheus(register);
  }
  if (typeof to === 'object' && 'meterProvider' in to) return openTelemetry(to.meterProvider);
  const api = await loadPackage(
    'EVENT_BUS_METRICS=opentelemetry',
    '@opentelemetry/api',
    () => import('@opentelemetry/api'),
  );
  const provider = api.metrics.getMeterProvider();
  if (provider.getMeter('nest-event-bus') === api.createNoopMeter()) observe(NO_SDK);
  return openTelemetry(provider);
}

const NO_SDK: Notice = {
  kind: 'backend-report',
  level: 'warn',
  what: 'EVENT_BUS_METRICS is opentelemetry, but no meter provider is registered, so nothing is exported; start the OpenTelemetry SDK before the application',
  fields: [],
};
