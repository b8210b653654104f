import { AILMENTS, runBeside } from './run-beside.mjs';
import { runConsuming } from './run-consuming.mjs';
import { runPublishing } from './run-publishing.mjs';
import { runRolling } from './run-rolling.mjs';
import { SCENARIOS } from './scenarios.mjs';

/** The longest allowed pause of a partition, in ms: if the brokers of the members break, and if nothing concerns it. */
const PAUSE_MS = 10_000;
const UNMOVED_PAUSE_MS = 1_000;
/** The limit is twice the undisturbed latency. Latencies below `NOISE_MS` measure the machine and not the client. */
const SLOWER = 2;
const NOISE_MS = 250;
/** The limit for the 99th percentile of records that a fault does not concern, in ms. */
const ASIDE_MS = 2_000;

const none = (name, what) => (result) => (result[name].length === 0 ? [] : [`${result[name].length} ${what}`]);
const zero = (name, what) => (result) => (result[name] === 0 ? [] : [`${result[name]} ${what}`]);
const atMost = (name, limit, what) => (result) =>
  result[name] <= limit ? [] : [`${what}: ${result[name]} ms, at most ${limit} ms are allowed`];

const KEPT = [
  none('lost', 'were confirmed and are not in the log'),
  none('twice', 'are in the log more than once'),
  none('outOfOrder', 'lie behind a later record of their key'),
  none('wrongPosition', 'lie elsewhere than was told'),
  none('foreign', 'lie in the log with a wrong key, or were never published'),
  none('undue', 'were rejected unduly'),
  none('unanswered', 'had no answer when the publish timeout was over'),
];
const HANDLED = [
  ...KEPT.map((goal) => (result) => goal(result.published).map((text) => `of what was published ${text}`)),
  none('missed', 'are in the log and were not handled'),
  none('outOfOrder', 'were handled after a later record of their key'),
];

/** The kinds of runs with their goals. Each goal returns the violations in a result. */
export const KINDS = {
  publish: {
    run: runPublishing,
    goals: [...KEPT, ({ asideMs = 0 }) => atMost('asideMs', ASIDE_MS, 'what the fault did not concern')({ asideMs })],
  },
  group: {
    run: runConsuming,
    goals: [
      ...HANDLED,
      zero('beyond', 'were repeated beyond the window'),
      atMost('pauseMs', PAUSE_MS, 'pause of a partition'),
    ],
  },
  rolling: {
    run: runRolling,
    goals: [
      ...HANDLED,
      zero('repeats', 'were handled twice'),
      atMost('unmovedPauseMs', UNMOVED_PAUSE_MS, 'pause of a partition that did not move'),
    ],
  },
  beside: {
    run: runBeside,
    goals: [
      ...KEPT,
      ({ before, after }) =>
        after.p99Ms <= Math.max(SLOWER * before.p99Ms, NOISE_MS)
          ? []
          : [`99th percentile: ${after.p99Ms} ms, undisturbed ${before.p99Ms} ms`],
    ],
  },
};

const isOfPublisher = ([, { isOfGroup = false }]) => !isOfGroup;
// If a topic loses its only broker, a group shows nothing more.
const isOfGroup = ([, { neighbor = false }]) => !neighbor;

/** All trials: name → kind, scenario and title. */
export const TRIALS = Object.fromEntries([
  ...Object.entries(SCENARIOS)
    .filter(isOfPublisher)
    .map(([scenario, { title }]) => [scenario, { kind: 'publish', scenario, title }]),
  ...Object.entries(SCENARIOS)
    .filter(isOfGroup)
    .map(([scenario, { title }]) => [`group-${scenario}`, { kind: 'group', scenario, title }]),
  [
    'rolling',
    { kind: 'rolling', scenario: 'rolling', title: 'each of five members is restarted, one after the other' },
  ],
  ...Object.entries(AILMENTS).map(([scenario, { title }]) => [
    `beside-${scenario}`,
    { kind: 'beside', scenario, title: `topic a is ${title}` },
  ]),
]);

/** Runs a trial once. The result has the measurements, and under `broken` the missed goals as text. */
export async function runTrial(cluster, name, given) {
  const { kind, scenario } = TRIALS[name];
  const { run, goals } = KINDS[kind];
  const result = await run(cluster, { ...given, scenario });
  // Without a majority no client can read for a while.
  const isWaived = (text) => SCENARIOS[scenario]?.losesMajority === true && text.startsWith('pause of a partition');
  return { ...result, broken: goals.flatMap((goal) => goal(result)).filter((text) => !isWaived(text)) };
}
