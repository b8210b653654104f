import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { usesDocker } from './docker.mjs';
import { native } from './native.mjs';
import { freePort } from './ports.mjs';
import { redis, redisProgram } from './redis.mjs';
import { server } from './server.mjs';

const NAME = 'main';

export async function redisWithReplica({ config = {} } = {}) {
  if (await usesDocker())
    throw new Error('A Redis with a replica runs only on this machine itself: set EVENT_BUS_SERVERS=native.');
  const nodes = [await redis({ config })];
  try {
    const master = new URL(nodes[0].url);
    nodes.push(await redis({ config: { ...config, replicaof: `127.0.0.1 ${master.port}` } }));
    await isCopied(nodes[0].url);
    const sentinel = await startSentinel(Number(master.port));
    nodes.push(sentinel);
    const [first, second] = nodes;
    return {
      url: first.url,
      client: { sentinels: [{ host: '127.0.0.1', port: sentinel.port }], name: NAME },
      nodes: [first, second],
      masterUrl: () => sentinel.masterUrl(),
      clear: async () => {
        await Promise.all(nodes.map((node) => node.clear()));
      },
    };
  } catch (error) {
    await Promise.all(nodes.map((node) => node.clear()));
    throw error;
  }
}

async function startSentinel(masterPort) {
  const folder = await mkdtemp(join(tmpdir(), 'event-bus-sentinel-'));
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 1`,
    `sentinel down-after-milliseconds ${NAME} 1000`,
    `sentinel failover-timeout ${NAME} 5000`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const running = await server({
    name: 'Redis Sentinel',
    folder,
    process: native({ command: await redisProgram(), args: [file, '--sentinel'], folder }),
    // Sentinel is ready when it knows the replica. Before, it could not promote it.
    isReady: async () => {
      const replicas = await ask(port, 'SENTINEL', 'replicas', NAME);
      if (replicas.length !== 1) throw new Error('it does not know the replica yet');
    },
  });
  const masterUrl = async () => {
    const [host, at] = await ask(port, 'SENTINEL', 'get-master-addr-by-name', NAME);
    return `redis://${host}:${at}`;
  };
  return { ...running, port, masterUrl };
}

/** Resolves when the replica is in sync. */
async function isCopied(url) {
  const client = new Redis(url);
  try {
    for (let tries = 0; tries < 200; tries += 1) {
      if (/slave0:.*state=online/.test(await client.info('replication'))) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('The replica did not connect to its master within 10 s.');
  } finally {
    client.disconnect();
  }
}

async function ask(port, ...command) {
  const [name, ...parameters] = command;
  const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.call(name, parameters);
  } finally {
    client.disconnect();
  }
}
