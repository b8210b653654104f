import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../servers/cache.mjs';
import { WINDOW } from './run-consuming.mjs';
import { PARTITIONS } from './run-publishing.mjs';
import { TRIALS } from './trials.mjs';

const PROMISES = {
  publish: 'A confirmed publish is in the log, once, in order, at the position that was told',
  group: 'A broker that breaks under a group costs it no event',
  rolling: 'A rolling restart of members repeats nothing and stops nobody else',
  beside: 'A topic that ails is felt by its own publishes alone',
};

/** The rate of the fault suite. Rows with another rate name their command, because only the tool shows them. */
const RATE = 1_000;

/** The rows of a run for docs/guarantees.md, in the form of `keepRow`. `publisher` is the publisher for a group. */
export function rowsOf(name, { rate, version, publisher, result }) {
  const { kind, title } = TRIALS[name];
  const by = rate === RATE ? '' : ' (npm run faults:kafka)';
  const at = kind === 'beside' ? '' : `, ${rate.toLocaleString('en-US')} events a second${by}`;
  const row = (of, measured) => ({
    promise: PROMISES[of],
    fault: `three brokers: ${title}${at}`,
    backend: `Kafka ${version}`,
    ...MEASURED[of](measured),
  });
  const isBoth = kind === 'group' && publisher === 'ours';
  return [row(kind, result), ...(isBoth ? [row('publish', result.published)] : [])];
}

const MEASURED = {
  publish: ({ lost, outOfOrder, twice, confirmed, rejected }) => ({
    ...counts(lost.length, outOfOrder.length, twice.length, 0),
    note: `counted in the log by librdkafka${rejected.length === 0 ? '' : `; ${rejected.length} of ${confirmed + rejected.length} rejected, as promised`}`,
  }),
  group: ({ missed, outOfOrder, repeats, pauseMs }) => ({
    ...counts(missed.length, outOfOrder.length, repeats, PARTITIONS * WINDOW),
    recoveryMs: pauseMs,
    note: 'recovery is the longest pause of a partition',
  }),
  rolling: ({ missed, outOfOrder, repeats, unmovedPauseMs }) => ({
    ...counts(missed.length, outOfOrder.length, repeats, 0),
    recoveryMs: unmovedPauseMs,
    note: 'recovery is the longest pause of a partition that does not move',
  }),
  beside: ({ lost, outOfOrder, twice }) => ({
    ...counts(lost.length, outOfOrder.length, twice.length, 0),
    note: '99th percentile of the other topic within twice the undisturbed one',
  }),
};

function counts(lost, outOfOrder, duplicates, allowed) {
  return { lost, outOfOrder, duplicates, allowed, recoveryMs: null };
}

/** Stores a row for `npm run guarantees`. */
export function keepRow(row) {
  const folder = join(ROOT, '.guarantees');
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, 'results.jsonl'), `${JSON.stringify(row)}\n`);
}
