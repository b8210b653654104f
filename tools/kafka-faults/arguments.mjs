import { parseArgs } from 'node:util';
import { SIDES } from './programs.mjs';
import { LEGEND } from './report.mjs';
import { KINDS, TRIALS } from './trials.mjs';

const USAGE = `npm run faults:kafka -- --scenario kill [--rate 1000] [--runs 5] [--side ours]

Starts three brokers (three replicas, two of which must have what is confirmed, 12 partitions), breaks them while numbered records of
200 bytes with 300 keys are published or consumed, reads the log by librdkafka and compares record by record. Needs java, mvn, python3.

  --scenario  Several, by commas; a kind (${Object.keys(KINDS).join(', ')}) for all of it; or all.
${Object.entries(TRIALS)
  .map(([name, { title }]) => `                ${name.padEnd(18)}${title}`)
  .join('\n')}
  --side      ${SIDES.join(', ')}: what publishes, or what consumes. Several, by commas. Default: ours, which is kafka() of this checkout.
  --publisher What publishes to a group: librdkafka (default) or ours.
  --keep      The rows of docs/guarantees.md get the runs of ours that reach every goal, as from npm run test:faults.
  --rate      Records a second. Several, by commas. Default 1000.
  --runs      How often each. Default 5.
  --rounds    How many brokers a run breaks, one after the other. Default 3.
  --version   Kafka 3.9 (default) or 4.1.
  --timeout   How long a publish may take, in s. Default 30.
  --options   Further options of kafka(), or of librdkafka, as JSON. EVENT_BUS_KAFKA_ASSIGNMENT and EVENT_BUS_KAFKA_INSTANCE_ID are
              passed to members as assignment and instanceId, to which their number is added.

${LEGEND}

Writes every run with the numbers of the records concerned to .guarantees/kafka-faults/. Ends with 1 when a run misses a goal.`;

/** Parses the arguments. Ends the process if they are invalid. */
export function readArguments(args) {
  const values = parse(args);
  const names = list(values.scenario).flatMap(namesOf);
  if (names.length === 0) refuse('--scenario: name one.');
  const sides = list(values.side);
  for (const side of sides) if (!SIDES.includes(side)) refuse(`--side: got ${side}.`);
  const rates = list(values.rate).map(Number);
  const [runs, rounds, timeout] = [values.runs, values.rounds, values.timeout].map(Number);
  if (![...rates, runs, rounds, timeout].every((number) => number > 0)) refuse('Numbers are above 0.');
  if (!['3.9', '4.1'].includes(values.version)) refuse(`--version: got ${values.version}.`);
  const { version, publisher, keep } = values;
  if (!SIDES.includes(publisher)) refuse(`--publisher: got ${publisher}.`);
  const given = { rounds, publisher, publishTimeoutMs: timeout * 1000, options: optionsOf(values) };
  return { names, sides, rates, runs, version, keep, ...given };
}

function namesOf(text) {
  const all = Object.keys(TRIALS);
  if (text === 'all') return all;
  const found = all.filter((name) => name === text || TRIALS[name].kind === text);
  return found.length > 0 ? found : refuse(`--scenario: got ${text}.`);
}

function optionsOf({ options }) {
  try {
    return JSON.parse(options);
  } catch {
    return refuse(`--options: got ${options}; allowed is JSON.`);
  }
}

function parse(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        scenario: { type: 'string', default: '' },
        side: { type: 'string', default: 'ours' },
        rate: { type: 'string', default: '1000' },
        runs: { type: 'string', default: '5' },
        rounds: { type: 'string', default: '3' },
        publisher: { type: 'string', default: 'librdkafka' },
        keep: { type: 'boolean', default: false },
        version: { type: 'string', default: '3.9' },
        timeout: { type: 'string', default: '30' },
        options: { type: 'string', default: '{}' },
        help: { type: 'boolean', default: false },
      },
    });
    if (!values.help) return values;
    console.log(USAGE);
    return process.exit(0);
  } catch ({ message }) {
    return refuse(message);
  }
}

function list(text) {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function refuse(problem) {
  console.error(`${problem}\n\n${USAGE}`);
  return process.exit(2);
}
