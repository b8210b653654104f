import type { MetricName } from './catalog.js';
import type { Distribution, Instruments } from './series.js';

/** A text for Prometheus. */
export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

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
