import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { METRICS, type MetricInfo, type MetricName } from './catalog.js';
import { openTelemetry, openTelemetryName } from './opentelemetry.js';
import { Instruments } from './series.js';

describe('the meters of OpenTelemetry', () => {
  let exported: InMemoryMetricExporter;
  let provider: MeterProvider;
  let instruments: Instruments;
  let hide: () => void;
  beforeEach(() => {
    // The cumulative form of the SDK shows the last value of a series that is gone.
    exported = new InMemoryMetricExporter(AggregationTemporality.DELTA);
    const reader = new PeriodicExportingMetricReader({ exporter: exported, exportIntervalMillis: 3_600_000 });
    provider = new MeterProvider({ readers: [reader] });
    const exporter = openTelemetry(provider);
    instruments = new Instruments(exporter.onDistribution);
    hide = exporter.show(instruments);
  });
  afterEach(() => provider.shutdown());

  const read = async () => {
    exported.reset();
    await provider.forceFlush();
    const metrics = exported.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return new Map(metrics.map((metric) => [metric.descriptor.name, metric]));
  };

  it('show counters, gauges and histograms with their labels as attributes', async () => {
    const labels = { topic: 't', group: 'g', outcome: 'handled' };
    instruments.make('event_bus_processed_total', labels).value = 7;
    const lag = instruments.make('event_bus_lag_events', { topic: 't', group: 'g', partition: '3' });
    lag.value = 12;
    const duration = instruments.make('event_bus_publish_duration_seconds', { topic: 't' });
    for (const seconds of [0.0005, 0.004, 20]) duration.record(seconds);
    const metrics = await read();
    expect(metrics.get('event_bus.processed')?.dataPoints).toMatchObject([{ attributes: labels, value: 7 }]);
    expect(metrics.get('event_bus.lag_events')?.dataPoints).toMatchObject([{ value: 12 }]);
    expect(metrics.get('event_bus.publish_duration')?.dataPoints).toMatchObject([
      {
        attributes: { topic: 't' },
        value: { count: 3, buckets: { boundaries: duration.bounds, counts: duration.counts } },
      },
    ]);
    instruments.remove('event_bus_lag_events', lag);
    expect((await read()).get('event_bus.lag_events')).toBeUndefined();
    hide();
    expect((await read()).get('event_bus.processed')).toBeUndefined();
  });

  it.each(Object.keys(METRICS) as MetricName[])('get the name %s again where Prometheus reads them', (name) => {
    const { kind, unit } = METRICS[name] as MetricInfo;
    // As the collector and the Prometheus exporters make names: dots, then the unit, then the kind.
    const parts = [openTelemetryName(name).replaceAll('.', '_'), ...(unit === 's' ? ['seconds'] : [])];
    expect([...parts, ...(kind === 'counter' ? ['total'] : [])].join('_')).toBe(name);
    expect(unit).toMatch(/^(s|\{[a-z]+\}|)$/);
  });
});
