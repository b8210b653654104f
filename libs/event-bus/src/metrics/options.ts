import type { PrometheusRegistry } from './prometheus.js';

/** Where metrics can go. `off`: nothing is counted. */
export const METRICS_EXPORTERS = ['off', 'prometheus', 'opentelemetry'] as const;

export type MetricsExporter = (typeof METRICS_EXPORTERS)[number];

/** A `MeterProvider` of `@opentelemetry/api`. The types of this package compile without it. */
export interface OpenTelemetryProvider {
  getMeter(name: string, version?: string): unknown;
}

/**
 * Where the metrics of a bus go.
 *
 * - `true` or `prometheus`: to the default registry of prom-client, which an application that exports metrics already
 *   exports.
 * - `{ registry }`: to this registry of prom-client.
 * - `opentelemetry`: to the global meter provider of `@opentelemetry/api`.
 * - `{ meterProvider }`: to this meter provider.
 * - `false` or `off`: nowhere.
 */
export type MetricsOption =
  | boolean
  | MetricsExporter
  | { readonly registry: PrometheusRegistry }
  | { readonly meterProvider: OpenTelemetryProvider };

/** The exporter that an option names. */
export function exporterOf(option: MetricsOption): MetricsExporter {
  if (typeof option === 'boolean') return option ? 'prometheus' : 'off';
  if (typeof option === 'string') return option;
  if ('registry' in option) return 'prometheus';
  // Anything else is refused with the settings.
  return 'meterProvider' in option ? 'opentelemetry' : option;
}
