// npm run soak -- [--on embedded|redis|redis-exclusive|kafka-3.9|kafka-4.1 …] [--minutes 5] [--seed 1]: publishes
// events at a constant rate while members, brokers and connections are killed, stopped and broken at random. Then
// checks the history.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

const SITES = ['embedded', 'redis', 'redis-exclusive', 'kafka-3.9', 'kafka-4.1'];
const USAGE = `npm run soak -- [--on ${SITES.join('|')}]… [--minutes 5] [--seed N]`;

const { values } = read();
const minutes = Number(values.minutes);
const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : Number(values.seed);
const on = values.on ?? ['embedded', 'redis', 'kafka-3.9'];
if (!(minutes > 0 && minutes <= 600)) refuse(`--minutes: got ${values.minutes}; allowed: a number up to 600.`);
if (!Number.isSafeInteger(seed)) refuse(`--seed: got ${values.seed}; allowed: a whole number.`);
for (const site of on) if (!SITES.includes(site)) refuse(`--on: got ${site}; allowed: ${SITES.join(', ')}.`);

console.log(`Soak of ${minutes} minutes on ${on.join(', ')}; the same again: npm run soak -- --seed ${seed}`);
const child = spawn('npx', ['vitest', 'run', '--config', 'vitest.soak.config.ts'], {
  stdio: 'inherit',
  env: { ...process.env, SOAK_ON: on.join(','), SOAK_MINUTES: String(minutes), SOAK_SEED: String(seed) },
});
child.on('exit', (code) => (process.exitCode = code ?? 1));

function read() {
  try {
    return parseArgs({
      options: {
        on: { type: 'string', multiple: true },
        minutes: { type: 'string', default: '5' },
        seed: { type: 'string' },
      },
    });
  } catch ({ message }) {
    return refuse(message);
  }
}

function refuse(problem) {
  console.error(`${problem}\nUsage: ${USAGE}`);
  process.exit(2);
}
