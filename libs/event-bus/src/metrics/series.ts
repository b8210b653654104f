import { type Label, METRICS, type MetricInfo, type MetricName } from './catalog.js';

/** The values of the labels of one series. */
export type Labels = Readonly<Partial<Record<Label, string>>>;

/** One counter or gauge with its labels. Whoever counts writes `value`. */
export interface Value {
  readonly labels: Labels;
  value: number;
}

/** One histogram with its labels. */
export class Distribution {
  readonly labels: Labels;
  readonly bounds: readonly number[];
  /** How many values fell below each bound and above the one before; the last number counts the rest. */
  readonly counts: number[];
  sum = 0;
  count = 0;
  /** Gets each value too, for exporters that do not take sums. */
  also: ((seconds: number) => void) | undefined;

  constructor(labels: Labels, bounds: readonly number[]) {
    this.labels = labels;
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  record(seconds: number): void {
    const { bounds, counts } = this;
    let n = 0;
    while (n < bounds.length && seconds > (bounds[n] as number)) n += 1;
    counts[n] = (counts[n] as number) + 1;
    this.sum += seconds;
    this.count += 1;
    this.also?.(seconds);
  }
}

type SeriesOf<Name extends MetricName> = (typeof METRICS)[Name]['kind'] extends 'histogram' ? Distribution : Value;

/**
 * The figures of one bus: plain numbers in memory, because every event is counted several times. Exporters read them
 * when they are asked.
 */
export class Instruments {
  readonly #families = new Map<MetricName, Set<Value | Distribution>>();
  readonly #onDistribution: ((name: MetricName, series: Distribution) => void) | undefined;
  readonly #beforeReading: (() => void)[] = [];

  /** `onDistribution` is called with each new series of a histogram. */
  constructor(onDistribution?: (name: MetricName, series: Distribution) => void) {
    this.#onDistribution = onDistribution;
  }

  /** Makes a series. The caller keeps it: the labels of two series must differ. */
  make<Name extends MetricName>(name: Name, labels: Labels): SeriesOf<Name> {
    const { buckets } = METRICS[name] as MetricInfo;
    const series = buckets === undefined ? { labels, value: 0 } : new Distribution(labels, buckets);
    const family = this.#families.get(name);
    if (family === undefined) this.#families.set(name, new Set([series]));
    else family.add(series);
    if (series instanceof Distribution) this.#onDistribution?.(name, series);
    return series as SeriesOf<Name>;
  }

  /** Removes a series, which is not shown any more. */
  remove(name: MetricName, series: Value | Distribution): void {
    this.#families.get(name)?.delete(series);
  }

  /** Calls `update` before each reading, for figures that are looked up. */
  beforeReading(update: () => void): void {
    this.#beforeReading.push(update);
  }

  /** Updates the figures that are looked up. Call it before {@link of}. */
  update(): void {
    for (const update of this.#beforeReading) update();
  }

  /** The series of a metric now. */
  of<Name extends MetricName>(name: Name): ReadonlySet<SeriesOf<Name>> {
    return (this.#families.get(name) ?? NONE) as ReadonlySet<SeriesOf<Name>>;
  }
}

const NONE: ReadonlySet<never> = new Set();
