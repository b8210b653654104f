// npm run bench -- NAME… [--quick]: measures both sides in one run, in turn, and reports the median ratio of several
// rounds. See README.md.
import { saveRows } from './results.mjs';
import { IS_QUICK } from './rounds.mjs';

const BENCHMARKS = {
  codec: () => import('./codec.mjs'),
  backlog: () => import('./backlog.mjs'),
  knobs: () => import('./knobs.mjs'),
  latency: () => import('./latency.mjs'),
  python: () => import('./python.mjs'),
  embedded: () => import('./embedded.mjs'),
  kafka: () => import('./kafka.mjs'),
  redis: () => import('./redis.mjs'),
  metrics: () => import('./metrics.mjs'),
  tracing: () => import('./tracing.mjs'),
  waiting: () => import('./waiting.mjs'),
};

const given = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const names = given.length === 0 || given.includes('all') ? Object.keys(BENCHMARKS) : given;
const unknown = names.filter((each) => !(each in BENCHMARKS));
if (unknown.length > 0) {
  console.error(`No benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exit(2);
}
for (const each of names) {
  await (await BENCHMARKS[each]()).run();
  saveRows(each, IS_QUICK);
}
