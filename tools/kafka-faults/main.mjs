// npm run faults:kafka -- --help
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../servers/cache.mjs';
import { openCluster } from './cluster.mjs';
import { SIDES } from './programs.mjs';
import { runPublishing } from './run-publishing.mjs';
import { SCENARIOS } from './scenarios.mjs';

const USAGE = `npm run faults:kafka -- --scenario kill [--rate 1000] [--runs 5] [--side ours]

Publishes numbered records of 200 bytes with 300 keys to 12 partitions of a cluster of its own (three brokers, three replicas, min ISR 2),
breaks the brokers meanwhile, reads the log by librdkafka and compares record by record. Needs java, mvn, python3.

  --scenario  ${Object.entries(SCENARIOS)
    .map(([name, { title }]) => `${name.padEnd(12)}${title}`)
    .join('\n              ')}
              Several, by commas, or all.
  --side      ${SIDES.join(', ')}: what publishes. Several, by commas. Default: ours, which is kafka() of this checkout.
  --rate      Records a second. Several, by commas. Default 1000.
  --runs      How often each. Default 5.
  --rounds    How many brokers a run breaks, one after the other. Default 3.
  --version   Kafka 3.9 (default) or 4.1.
  --timeout   How long a publish may take, in s. Default 30.
  --options   Further options, as JSON: of kafka(), or of librdkafka.

lost      confirmed, and not in the log            rejected  told so; in brackets those of them that lie in the log all the same
twice     in the log more than once                undue     rejected while two replicas lived, or early
disorder  behind a later record of their key       silent    no answer when the publish timeout was over
place     another position than was told
aside     p99 of what the fault did not concern, in ms; p50, p99 and max are of all

Writes every run with the records concerned to .guarantees/kafka-faults/. Ends with 1 when something was lost, twice, in disorder, at a wrong
position, or rejected unduly or left without an answer.`;

const { values } = read();
const scenarios = values.scenario === 'all' ? Object.keys(SCENARIOS) : list(values.scenario);
for (const name of scenarios) if (!(name in SCENARIOS)) refuse(`--scenario: got ${name}.`);
const sides = list(values.side);
for (const side of sides) if (!SIDES.includes(side)) refuse(`--side: got ${side}.`);
const rates = list(values.rate).map(Number);
const [runs, rounds, timeout] = [values.runs, values.rounds, values.timeout].map(Number);
if (![...rates, runs, rounds, timeout].every((number) => number > 0)) refuse('Numbers are above 0.');

const COLUMNS = [
  'scenario',
  'side',
  'rate',
  'run',
  'sent',
  'confirmed',
  'lost',
  'twice',
  'disorder',
  'place',
  'rejected',
  'undue',
  'silent',
  'p50',
  'p99',
  'max',
  'aside',
];
const FOLDER = join(ROOT, '.guarantees/kafka-faults');
mkdirSync(FOLDER, { recursive: true });
const cluster = await openCluster({ version: values.version });
try {
  print(COLUMNS);
  for (const scenario of scenarios) {
    for (const rate of rates) {
      for (const side of sides) await measure({ scenario, side, rate });
    }
  }
} finally {
  await cluster.close();
}

async function measure(what) {
  const given = { ...what, rounds, publishTimeoutMs: timeout * 1000, options: JSON.parse(values.options) };
  const found = [];
  for (let run = 1; run <= runs; run += 1) {
    const result = await runPublishing(cluster, given);
    found.push(result);
    print([what.scenario, what.side, what.rate, run, ...cells(result)]);
    for (const [why, count] of Object.entries(result.why)) console.log(`    ${count} rejected: ${why}`);
    const file = `${what.scenario}-${what.side}-${what.rate}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`;
    writeFileSync(join(FOLDER, file), `${JSON.stringify({ ...given, version: values.version, run, result })}\n`);
  }
  print([what.scenario, what.side, what.rate, `all ${runs}`, ...cells(total(found))]);
  if (!found.every(isGreen)) process.exitCode = 1;
}

function total(found) {
  const all = {};
  for (const [name, value] of Object.entries(found[0])) {
    const values = found.map((result) => result[name]);
    if (Array.isArray(value)) all[name] = values.flat();
    else if (name.endsWith('Ms')) all[name] = Math.max(...values);
    else if (typeof value === 'number') all[name] = values.reduce((sum, each) => sum + each, 0);
  }
  return all;
}

function isGreen({ lost, twice, outOfOrder, wrongPosition, foreign, undue, unanswered }) {
  return [lost, twice, outOfOrder, wrongPosition, foreign, undue, unanswered].every(({ length }) => length === 0);
}

function cells(result) {
  const { sent, confirmed, lost, twice, outOfOrder, wrongPosition, foreign, rejected, rejectedInLog, undue } = result;
  const { unanswered, p50Ms, p99Ms, maxMs, asideMs = '' } = result;
  return [
    ...[sent, confirmed, lost.length, twice.length, outOfOrder.length, wrongPosition.length + foreign.length],
    rejected.length === 0 ? 0 : `${rejected.length} (${rejectedInLog.length})`,
    ...[undue.length, unanswered.length, p50Ms, p99Ms, maxMs, asideMs],
  ];
}

function print(row) {
  console.log(row.map((cell, n) => (n < 2 ? String(cell).padEnd(11) : String(cell).padStart(9))).join(' '));
}

function list(text) {
  return text.split(',').map((each) => each.trim());
}

function read() {
  try {
    const { values: given } = parseArgs({
      options: {
        scenario: { type: 'string', default: '' },
        side: { type: 'string', default: 'ours' },
        rate: { type: 'string', default: '1000' },
        runs: { type: 'string', default: '5' },
        rounds: { type: 'string', default: '3' },
        version: { type: 'string', default: '3.9' },
        timeout: { type: 'string', default: '30' },
        options: { type: 'string', default: '{}' },
        help: { type: 'boolean', default: false },
      },
    });
    if (given.help) {
      console.log(USAGE);
      process.exit(0);
    }
    return { values: given };
  } catch ({ message }) {
    return refuse(message);
  }
}

function refuse(problem) {
  console.error(`${problem}\n\n${USAGE}`);
  process.exit(2);
}
