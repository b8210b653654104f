// Runs a demo on a broker of its own: node tools/demo/main.mjs [--broker embedded|redis|kafka] [--scale]
//
// Exit code: 0 if the demo ended well, 1 if not, 2 for wrong arguments.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BROKERS } from './brokers.mjs';
import { scale } from './scale.mjs';
import { story } from './story.mjs';

const { broker: brokerName, isScale } = readArguments();
const chosen = BROKERS[brokerName];
const demo = isScale ? scale : story;

const folder = await mkdtemp(join(tmpdir(), 'event-bus-demo-'));
const broker = await chosen.start({ folder, partitions: demo.partitions });
const env = { ...process.env, ...broker.env, EVENTS_SERVICE_NAME: 'demo', NO_COLOR: '1' };
const started = new Set();
process.once('SIGINT', () => void end(130));
process.once('SIGTERM', () => void end(143));
const limit = setTimeout(() => {
  console.error(`\nThe demo failed: it did not end within ${demo.limitMs / 1000} s.`);
  void end(1);
}, demo.limitMs);

try {
  console.log(`${demo.says}${chosen.says}\n`);
  console.log(`\nDone: ${await demo.tell({ env, started })}`);
  await end(0);
} catch (error) {
  console.error(`\nThe demo failed: ${error.message}`);
  await end(1);
}

async function end(code) {
  clearTimeout(limit);
  for (const program of started) program.kill();
  await broker.clear?.();
  await rm(folder, { recursive: true, force: true });
  process.exit(code);
}

function readArguments() {
  let values;
  try {
    ({ values } = parseArgs({
      options: { broker: { type: 'string', default: 'embedded' }, scale: { type: 'boolean', default: false } },
    }));
  } catch (error) {
    wrong(`${error.message}\nAllowed: --broker ${Object.keys(BROKERS).join('|')}, --scale.`);
  }
  if (BROKERS[values.broker] === undefined)
    wrong(`--broker ${values.broker}: there are ${Object.keys(BROKERS).join(', ')}.`);
  return { broker: values.broker, isScale: values.scale };
}

function wrong(text) {
  console.error(text);
  process.exit(2);
}
