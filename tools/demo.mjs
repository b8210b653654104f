// Runs the demo: a web service and a consumer as two processes. It registers learners over HTTP and shows how the
// consumer handles the events.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const TOPIC = 'learner-registration';
const LEARNERS = [
  { username: 'ada', email: 'ada@example.org', name: 'Ada Lovelace' },
  { username: 'grace', email: 'grace@example.org', name: 'Grace Hopper' },
  { username: 'mary', email: 'mary@example.org', name: 'Mary Somerville' },
];
const LIMIT_MS = 45_000;

/** Broker → its description, how to start it, and the settings for it. */
const BROKERS = {
  embedded: {
    says: 'Two processes, no broker to install: events travel through a file (the embedded backend).',
    start: (folder) => ({ env: { EVENT_BUS_EMBEDDED_PATH: join(folder, 'event-bus.db') } }),
  },
  redis: {
    says: 'Two processes and a Redis of their own: events travel through a stream.',
    start: async () => {
      const { redis } = await import('./servers/index.mjs');
      const { url, clear } = await redis();
      const names = { EVENT_BUS_PRODUCER: 'redis', EVENT_BUS_CONSUMER: 'redis' };
      return { env: { ...names, EVENT_BUS_REDIS_CONNECTION_URL: url }, clear };
    },
  },
  kafka: {
    says: 'Two processes, a Kafka and a schema registry of their own: events travel as they do between Open edX services.',
    start: async () => {
      const { kafka, registry } = await import('./servers/index.mjs');
      const [broker, schemas] = await Promise.all([kafka(), registry()]);
      const names = { EVENT_BUS_PRODUCER: 'kafka', EVENT_BUS_CONSUMER: 'kafka' };
      return {
        env: {
          ...names,
          EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: broker.bootstrapServers,
          EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: schemas.url,
        },
        clear: async () => {
          await Promise.all([broker.clear(), schemas.clear()]);
        },
      };
    },
  },
};

const { broker: name } = parseArgs({ options: { broker: { type: 'string', default: 'embedded' } } }).values;
const chosen = BROKERS[name];
if (chosen === undefined) {
  console.error(`--broker ${name}: there are ${Object.keys(BROKERS).join(', ')}.`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'event-bus-demo-'));
const broker = await chosen.start(folder);
const env = {
  ...process.env,
  ...broker.env,
  EVENTS_SERVICE_NAME: 'demo',
  NO_COLOR: '1',
};
const processes = [];
const limit = setTimeout(() => fail(new Error(`The demo did not end within ${LIMIT_MS / 1000} s.`)), LIMIT_MS);

try {
  console.log(`${chosen.says}\n`);
  const consumer = start('consumer', ['--topic', TOPIC, '--group', 'demo']);
  await consumer.says(/Consuming:/);
  const web = start('registration', [], { PORT: '0' });
  const [, url] = await web.says(/Listening on (\S+)/);

  for (const learner of LEARNERS) {
    const response = await fetch(`${url}/learners`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(learner),
    });
    if (!response.ok) throw new Error(`POST /learners answered ${response.status}: ${await response.text()}`);
    console.log(`\n> POST /learners ${learner.username}: ${response.status} ${await response.text()}`);
    await consumer.says(new RegExp(`welcome letter to ${learner.username}`));
  }
  await Promise.all([web.stop(), consumer.stop()]);
  console.log(
    `\nDone: ${LEARNERS.length} learners registered over HTTP, each event handled by the other process, which then stopped cleanly.`,
  );
} catch (error) {
  fail(error);
} finally {
  clearTimeout(limit);
  for (const { child } of processes) child.kill('SIGKILL');
  await broker.clear?.();
  await rm(folder, { recursive: true, force: true });
}

/** Starts an app, prints its lines, and lets the demo wait for a line. */
function start(app, args, more = {}) {
  const child = spawn(process.execPath, [`dist/apps/${app}/main.js`, ...args], {
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const seen = [];
  const waiting = new Set();
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const text = line.replace(/^\[Nest\] \d+\s+- [^L]*LOG /, '');
    if (!/\[(InstanceLoader|NestFactory|RoutesResolver|RouterExplorer|NestApplication|NestMicroservice)\]/.test(text)) {
      console.log(`  ${app.padEnd(12)} ${text}`);
    }
    seen.push(line);
    for (const check of waiting) check(line);
  });
  processes.push({ child });
  return {
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const found = seen.map((line) => pattern.exec(line)).find(Boolean);
        if (found) return resolve(found);
        const check = (line) => {
          const match = pattern.exec(line);
          if (match === null) return;
          waiting.delete(check);
          resolve(match);
        };
        waiting.add(check);
        void ended.then((code) => reject(new Error(`${app} ended (${code}) before it said ${pattern}.`)));
      }),
    stop: async () => {
      child.kill('SIGTERM');
      const code = await ended;
      if (code !== 0) throw new Error(`${app} ended with ${code} after SIGTERM.`);
    },
  };
}

function fail(error) {
  console.error(`\nThe demo failed: ${error.message}`);
  for (const { child } of processes) child.kill('SIGKILL');
  process.exit(1);
}
