import { METRICS, type MetricInfo, type MetricName } from './catalog.js';
import type { TextExporter } from './exporter.js';
import { joined } from './joined.js';
import { Distribution, type Instruments, type Labels, type Value } from './series.js';

/** What we need of a `Registry` of prom-client. The types of this package compile without prom-client. */
export interface PrometheusRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
  getSingleMetric(name: string): unknown;
  registerMetric(metric: never): void;
  removeSingleMetric(name: string): void;
}

/**
 * Shows the figures of a bus in a registry. Buses with the same registry share its metrics.
 *
 * Throws if the registry has a metric of the same name that is not of an event bus.
 */
export function prometheus(registry: PrometheusRegistry): TextExporter {
  const names = Object.keys(METRICS) as MetricName[];
  return {
    onDistribution: undefined,
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    show(instruments) {
      for (const name of names) metricOf(registry, name).sources.add(instruments);
      return () => {
        for (const name of names) {
          const known = registry.getSingleMetric(name);
          if (!isOurs(known)) continue;
          known.sources.delete(instruments);
          if (known.sources.size === 0) registry.removeSingleMetric(name);
        }
      };
    },
  };
}

/** Found by every copy of this package: an application may load one for `import` and one for Jest. */
const SOURCES = Symbol.for('nest-event-bus:metric');

function metricOf(registry: PrometheusRegistry, name: MetricName): BusMetric {
  const known = registry.getSingleMetric(name);
  if (isOurs(known)) return known;
  const made = new BusMetric(name, METRICS[name]);
  registry.registerMetric(made as never);
  return made;
}

function isOurs(metric: unknown): metric is BusMetric {
  return typeof metric === 'object' && metric !== null && SOURCES in metric;
}

interface Sample {
  readonly labels: Labels | { readonly le: number | string };
  readonly value: number;
  readonly metricName?: string;
  readonly sharedLabels?: Labels;
}

/**
 * A metric as a registry of prom-client calls it. It reads the figures of its buses when it is asked; prom-client's own
 * metrics look up each series by its labels at each event, which costs more than all other counting.
 */
class BusMetric {
  readonly [SOURCES] = true;
  readonly type: MetricInfo['kind'];
  readonly help: string;
  /** How a cluster of Node processes joins this metric. */
  readonly aggregator: string;
  readonly labelNames: readonly string[];
  readonly sources = new Set<Instruments>();
  readonly #key: MetricName;
  readonly #info: MetricInfo;

  /** Not read-only: a registry for OpenMetrics shortens the names of counters. */
  constructor(
    public name: string,
    info: MetricInfo,
  ) {
    this.#key = name as MetricName;
    this.#info = info;
    this.type = info.kind;
    this.help = info.help;
    this.aggregator = info.joins;
    this.labelNames = info.labels;
  }

  get() {
    const { name, help, type, aggregator } = this;
    if (type === 'gauge') for (const source of this.sources) source.update();
    const series = joined(
      this.#info,
      [...this.sources].map((source) => source.of(this.#key)),
    );
    const values = series.flatMap((each) => (each instanceof Distribution ? this.#samples(each) : [sample(each)]));
    return Promise.resolve({ name, help, type, aggregator, values });
  }

  /** The figures belong to the bus. `registry.resetMetrics()` does not change them. */
  reset(): void {
    return;
  }

  #samples({ labels, bounds, counts, sum, count }: Distribution): readonly Sample[] {
    let upTo = 0;
    const buckets = bounds.map((le, n) => {
      upTo += counts[n] ?? 0;
      return { labels: { le, ...labels }, value: upTo, metricName: `${this.#key}_bucket` };
    });
    return [
      ...buckets,
      { labels: { le: '+Inf', ...labels }, value: count, metricName: `${this.#key}_bucket` },
      { labels, value: sum, metricName: `${this.#key}_sum` },
      { labels, value: count, metricName: `${this.#key}_count` },
    ];
  }
}

function sample({ labels, value }: Value): Sample {
  return { labels, value };
}
