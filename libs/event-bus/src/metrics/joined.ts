import type { MetricInfo } from './catalog.js';
import { Distribution, type Labels, type Value } from './series.js';

/** Joins series of several buses: those with the same labels become one. */
export function joined(
  info: MetricInfo,
  sources: readonly ReadonlySet<Value | Distribution>[],
): readonly (Value | Distribution)[] {
  const [only] = sources;
  if (sources.length === 1 && only !== undefined) return [...only];
  const byLabels = new Map<string, Value | Distribution>();
  for (const source of sources) {
    for (const series of source) {
      const id = idOf(info, series.labels);
      const known = byLabels.get(id);
      byLabels.set(id, known === undefined ? series : join(info, known, series));
    }
  }
  return [...byLabels.values()];
}

function idOf({ labels }: MetricInfo, values: Labels): string {
  return JSON.stringify(labels.map((label) => values[label]));
}

function join({ joins }: MetricInfo, one: Value | Distribution, other: Value | Distribution): Value | Distribution {
  const { labels } = one;
  if (one instanceof Distribution && other instanceof Distribution) {
    const sum = new Distribution(labels, one.bounds);
    for (const [n, count] of one.counts.entries()) sum.counts[n] = count + (other.counts[n] ?? 0);
    sum.sum = one.sum + other.sum;
    sum.count = one.count + other.count;
    return sum;
  }
  if (one instanceof Distribution || other instanceof Distribution) return one;
  const value = joins === 'sum' ? one.value + other.value : Math[joins](one.value, other.value);
  return { labels, value };
}
