// Compares with the Python packages of Open edX, on Open edX events of about 1 KB.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installPackages } from '../tools/openedx-events/python.mjs';
import { cached } from '../tools/servers/cache.mjs';
import { kafka as openKafka } from 'nest-event-bus/kafka';
import { redis as openRedis } from 'nest-event-bus/redis';
import { inProcess } from './in-process.mjs';
import { interleaved, records, report, ROUNDS } from './rounds.mjs';
import { withServers } from './servers.mjs';
import { kafkaSettings, redisSettings } from './settings.mjs';
import { fillKafka, fillRedis, makeTopic, named } from './topics.mjs';

const SCRIPT = fileURLToPath(new URL('sides/python_bus.py', import.meta.url));
const OURS = records(100_000);
const THEIRS = { total: records(5_000), skip: records(1_000) };

export async function run() {
  const python = await findPython();
  await withServers(['kafka', 'registry'], async (servers) => {
    const { kafka, registry } = servers;
    const many = await makeTopic(kafka, 'python');
    const few = await makeTopic(kafka, 'python');
    await fillKafka(servers, many, OURS, { event: 'tracking' });
    await fillKafka(servers, few, THEIRS.total, { event: 'tracking' });
    const backend = openKafka({ brokers: kafka.brokers });
    const where = { broker: 'kafka', servers: kafka.bootstrapServers, registry: registry.url, topic: few };
    await compare('Kafka', '>= 12', { settings: kafkaSettings(servers), topic: many }, () =>
      byPython(python, backend, where),
    );
    await backend.close();
  });
  await withServers(['redis'], async (servers) => {
    const { url } = servers.redis;
    const [many, few] = [named('python'), named('python')];
    await fillRedis(servers, many, OURS, { event: 'tracking' });
    await fillRedis(servers, few, THEIRS.total, { event: 'tracking' });
    const backend = openRedis({ url });
    await compare('Redis', '>= 20', { settings: redisSettings(servers), topic: many }, () =>
      byPython(python, backend, { broker: 'redis', url, topic: few }),
    );
    await backend.close();
  });
}

async function compare(name, goal, task, theirs) {
  const ours = async () =>
    (
      await inProcess('ours', 'consume', {
        ...task,
        group: named('group'),
        event: 'tracking',
        total: OURS,
        skip: OURS / 5,
      })
    ).perSecond;
  const found = await interleaved(ROUNDS, { ours, theirs });
  report(`${name} consume, tracking events`, found.ours, found.theirs, goal, {
    against: `edx-event-bus-${name.toLowerCase()} (Python)`,
  });
}

async function byPython(python, backend, task) {
  const group = named('group');
  // The Python consumer would create the group at the end of the topic.
  await backend.createGroup(task.topic, group, 'earliest');
  const child = spawn(python, ['-I', '-X', 'utf8', SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify({ ...task, group, ...THEIRS }));
  const ended = new Promise((resolve) => child.once('close', resolve));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (!output.includes('per_second')) throw new Error(`The Python side failed:\n${errors.slice(-2000)}`);
  const found = JSON.parse(output);
  if (found.distinct !== THEIRS.total) throw new Error(`${found.distinct} of ${THEIRS.total} events arrived.`);
  return found.per_second;
}

/** Finds Python like test/support/python.ts, in the same cache. */
async function findPython() {
  const program = 'import sys; print(sys.version); sys.exit(sys.version_info < (3, 11))';
  const { stdout: version } = await promisify(execFile)('python3', ['-I', '-c', program]);
  const requirements = fileURLToPath(new URL('../test/interop/python/brokers.txt', import.meta.url));
  const hash = createHash('sha256')
    .update(version)
    .update(await readFile(requirements));
  const key = hash.digest('hex').slice(0, 12);
  return `${await cached(`python-${key}`, (folder) => installPackages(folder, requirements))}/bin/python`;
}
