import type { MetricName } from './catalog.js';
import type { Distribution, Instruments } from './series.js';

/** A text for Prometheus. */
export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

/** Says how to get a text for Prometheus where there is none. */
export const NO_METRICS_TEXT =
  'There is no text of metrics: set EVENT_BUS_METRICS=prometheus, or forRoot({ metrics: true }). It needs the package prom-client: npm install prom-client';

/** Where the figures of a bus go. */
export interface Exporter {
  /** Called with each new series of a histogram, if the exporter needs each value and not only their sums. */
  readonly onDistribution: ((name: MetricName, series: Distribution) => void) | undefined;
  /** All metrics of the registry as a text. `undefined` if the exporter has none. */
  readonly text: (() => Promise<MetricsText>) | undefined;
  /** Shows the figures from now on, until the returned function is called. */
  show(instruments: Instruments): () => void;
}

/** An exporter that has a text. */
export interface TextExporter extends Exporter {
  readonly text: () => Promise<MetricsText>;
}
