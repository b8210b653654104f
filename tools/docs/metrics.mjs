// The tables of docs/metrics.md, from the metrics of the code.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS } from '../../libs/event-bus/dist/metrics/catalog.js';
import { openTelemetryName } from '../../libs/event-bus/dist/metrics/opentelemetry.js';
import { ROOT } from './files.mjs';

const MARKS = /(<!-- metrics -->\n)[^]*(<!-- \/metrics -->)/;

/** The page with its tables written anew. */
export async function metricsPage() {
  const page = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8');
  if (!MARKS.test(page)) throw new Error('docs/metrics.md has no place for its tables: <!-- metrics -->');
  return page.replace(MARKS, (_, begin, end) => `${begin}\n${tables()}\n\n${end}`);
}

function tables() {
  const rows = Object.entries(METRICS).map(
    ([name, { kind, labels, help }]) =>
      `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
  const buckets = Object.entries(METRICS)
    .filter(([, { buckets }]) => buckets !== undefined)
    .map(([name, { buckets }]) => `- \`${name}\`: ${buckets.join(', ')}`);
  const names = Object.entries(METRICS).map(
    ([name, { unit }]) => `| \`${name}\` | \`${openTelemetryName(name)}\` | ${unit === '' ? '' : `\`${unit}\``} |`,
  );
  return [
    '| metric | kind | labels | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    'The upper bounds of the histograms, in seconds:',
    '',
    ...buckets,
    '',
    'The names in OpenTelemetry. The attributes are the labels:',
    '',
    '| metric | OpenTelemetry | unit |',
    '| --- | --- | --- |',
    ...names,
  ].join('\n');
}
