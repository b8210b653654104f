import type { Histogram, Meter, ObservableCallback } from '@opentelemetry/api';
import { METRICS, type MetricInfo, type MetricName } from './catalog.js';
import type { Exporter } from './exporter.js';
import type { OpenTelemetryProvider } from './options.js';

/**
 * Shows the figures of a bus by the meters of OpenTelemetry. The attributes are the labels, and the names are such that
 * Prometheus gets the same names and labels from a collector as from prom-client.
 */
export function openTelemetry(provider: OpenTelemetryProvider): Exporter {
  const meter = provider.getMeter('nest-event-bus') as Meter;
  const histograms = new Map<MetricName, Histogram>();
  return {
    text: undefined,
    // OpenTelemetry takes counts and gauges when it reads them, but histograms only value by value.
    onDistribution(name, series) {
      const histogram = histograms.get(name) ?? makeHistogram(meter, name);
      histograms.set(name, histogram);
      const attributes = { ...series.labels };
      series.also = (seconds) => histogram.record(seconds, attributes);
    },
    show(instruments) {
      const ends = namesOf('counter', 'gauge').map((name) => {
        const options = optionsOf(name);
        const observable =
          METRICS[name].kind === 'counter'
            ? meter.createObservableCounter(openTelemetryName(name), options)
            : meter.createObservableGauge(openTelemetryName(name), options);
        const read: ObservableCallback = (result) => {
          if (METRICS[name].kind === 'gauge') instruments.update();
          for (const { labels, value } of instruments.of(name)) result.observe(value, { ...labels });
        };
        observable.addCallback(read);
        return () => observable.removeCallback(read);
      });
      return () => ends.forEach((end) => end());
    },
  };
}

/** The name by OpenTelemetry's rules, which put the unit and the kind beside the name. */
export function openTelemetryName(name: MetricName): string {
  return name.replace(/^event_bus_/, 'event_bus.').replace(/_(total|seconds)$/, '');
}

type PlainName = {
  [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends 'histogram' ? never : Name;
}[MetricName];

function namesOf(...kinds: readonly MetricInfo['kind'][]): readonly PlainName[] {
  return (Object.keys(METRICS) as PlainName[]).filter((name) => kinds.includes(METRICS[name].kind));
}

function makeHistogram(meter: Meter, name: MetricName): Histogram {
  const { buckets = [] } = METRICS[name] as MetricInfo;
  return meter.createHistogram(openTelemetryName(name), {
    ...optionsOf(name),
    advice: { explicitBucketBoundaries: [...buckets] },
  });
}

function optionsOf(name: MetricName): { readonly description: string; readonly unit: string } {
  const { help, unit } = METRICS[name];
  return { description: help, unit };
}
