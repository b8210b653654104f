/** One sample of a text for Prometheus. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A text for Prometheus, as a scraper reads it. */
export interface Exposition {
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** What a scraper or promtool would not accept. */
  readonly problems: readonly string[];
  /** The value of the only sample with this name and these labels, or `undefined`. Throws if there are several. */
  valueOf(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  /** The sum of all samples with this name and these labels. */
  sumOf(name: string, labels?: Readonly<Record<string, string>>): number;
}

const HELP = /^# HELP ([a-zA-Z_:][\w:]*) (.+)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/** Reads a text for Prometheus (version 0.0.4), and checks it by the rules of the format and of names. */
export function readExposition(text: string): Exposition {
  const problems: string[] = [];
  const helps = new Set<string>();
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  if (!text.endsWith('\n')) problems.push('The last line does not end.');
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, helped] = HELP.exec(line) ?? [];
    const [, typed, type] = TYPE.exec(line) ?? [];
    if (helped !== undefined) {
      if (helps.has(helped)) problems.push(`second help: ${line}`);
      helps.add(helped);
    } else if (typed !== undefined && type !== undefined) {
      if (types.has(typed)) problems.push(`second type: ${line}`);
      types.set(typed, type);
    } else {
      const sample = sampleOf(line);
      if (sample === undefined) problems.push(`unreadable: ${line}`);
      else {
        const id = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`;
        if (seen.has(id)) problems.push(`twice: ${line}`);
        seen.add(id);
        samples.push(sample);
      }
    }
  }
  for (const [name, type] of types) problems.push(...nameProblems(name, type));
  for (const name of types.keys()) if (!helps.has(name)) problems.push(`${name} has no help`);
  for (const { name } of samples) {
    const base = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    if (types.get(base) === undefined || (base !== name && types.get(base) !== 'histogram'))
      problems.push(`${name} has no type`);
  }
  problems.push(...bucketProblems(types, samples));
  const matching = (name: string, labels: Readonly<Record<string, string>>) =>
    samples.filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, of]) => sample.labels[key] === of),
    );
  return {
    types,
    samples,
    problems,
    valueOf(name, labels = {}) {
      const found = matching(name, labels);
      if (found.length > 1) throw new Error(`${found.length} samples of ${name} ${JSON.stringify(labels)}`);
      return found[0]?.value;
    },
    sumOf: (name, labels = {}) => matching(name, labels).reduce((sum, { value }) => sum + value, 0),
  };
}

function sampleOf(line: string): Sample | undefined {
  const [, name, inside = '', text] = SAMPLE.exec(line) ?? [];
  if (name === undefined || text === undefined) return undefined;
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  let end = 0;
  for (let found = LABEL.exec(inside); found !== null; found = LABEL.exec(inside)) {
    const [, label = '', value = ''] = found;
    if (label in labels) return undefined;
    labels[label] = value.replace(/\\(["\\n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    end = LABEL.lastIndex;
    if (end === inside.length) break;
  }
  const value = text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
  return end === inside.length && !Number.isNaN(value) ? { name, labels, value } : undefined;
}

/** The rules that promtool checks: base units, `_total` for counters alone, no abbreviations. */
function nameProblems(name: string, type: string): string[] {
  const problems: string[] = [];
  if (type === 'counter' && !name.endsWith('_total')) problems.push(`${name}: a counter ends with _total`);
  if (type !== 'counter' && /_(total|count|sum|bucket)$/.test(name)) problems.push(`${name}: no ending of a counter`);
  if (/_(ms|milliseconds|minutes|hours|kilobytes|mb)(_|$)/.test(name)) problems.push(`${name}: not in base units`);
  if (/(counter|gauge|histogram)/.test(name)) problems.push(`${name}: its type is in its name`);
  if (name !== name.toLowerCase()) problems.push(`${name}: not in small letters`);
  return problems;
}

function bucketProblems(types: ReadonlyMap<string, string>, samples: readonly Sample[]): string[] {
  const problems: string[] = [];
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const base = sample.name.replace(/_bucket$/, '');
    if (base === sample.name || types.get(base) !== 'histogram') continue;
    const id = base + JSON.stringify(Object.entries({ ...sample.labels, le: '' }).sort());
    groups.set(id, [...(groups.get(id) ?? []), sample]);
  }
  for (const [id, buckets] of groups) {
    const bounds = buckets.map(({ labels }) => (labels['le'] === '+Inf' ? Infinity : Number(labels['le'])));
    if (bounds.at(-1) !== Infinity) problems.push(`${id}: the last bucket is not +Inf`);
    if (bounds.some((bound, n) => n > 0 && !(bound > (bounds[n - 1] ?? Infinity)))) problems.push(`${id}: order`);
    if (buckets.some(({ value }, n) => n > 0 && value < (buckets[n - 1]?.value ?? 0)))
      problems.push(`${id}: a bucket is smaller than the one before`);
  }
  return problems;
}
