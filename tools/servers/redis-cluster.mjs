import { Redis } from 'ioredis';
import { usesDocker } from './docker.mjs';
import { freePort } from './ports.mjs';
import { prepareRedis, redis } from './redis.mjs';

const SLOTS = 16_384;
const MASTERS = 3;

export async function redisCluster({ replicas = false, config = {} } = {}) {
  await prepareRedisCluster();
  const settings = {
    'cluster-enabled': 'yes',
    'cluster-node-timeout': '1500',
    'repl-diskless-sync-delay': '0',
    ...config,
  };
  const nodes = [];
  const clients = [];
  const clear = async () => {
    for (const client of clients) client.disconnect();
    await Promise.all(nodes.map((node) => node.clear()));
  };
  try {
    const made = await Promise.all(
      Array.from({ length: replicas ? 2 * MASTERS : MASTERS }, async () => {
        // The default is the port + 10000, which may be in use.
        const busPort = await freePort();
        return { ...(await redis({ config: { ...settings, 'cluster-port': String(busPort) } })), busPort };
      }),
    );
    nodes.push(...made);
    clients.push(...nodes.map(({ url }) => new Redis(url, { maxRetriesPerRequest: 0 }).on('error', () => undefined)));
    await join(clients, nodes);
    await isComplete(clients);
    return {
      url: nodes[0].url,
      client: { clusterNodes: nodes.map((node) => ({ host: '127.0.0.1', port: portOf(node) })) },
      nodes,
      masterOf: (key) => masterOf(clients, nodes, key),
      clear,
    };
  } catch (error) {
    await clear();
    throw error;
  }
}

export async function prepareRedisCluster() {
  if (await usesDocker())
    throw new Error('A Redis cluster runs only on this machine itself: set EVENT_BUS_SERVERS=native.');
  await prepareRedis();
}

async function join(clients, nodes) {
  const share = Math.ceil(SLOTS / MASTERS);
  for (const [n, client] of clients.entries()) {
    await client.call('CLUSTER', ['SET-CONFIG-EPOCH', n + 1]);
    if (n > 0) await clients[0].call('CLUSTER', ['MEET', '127.0.0.1', portOf(nodes[n]), nodes[n].busPort]);
    if (n >= MASTERS) continue;
    const last = Math.min(SLOTS, (n + 1) * share) - 1;
    await client.call('CLUSTER', ['ADDSLOTSRANGE', n * share, last]);
  }
  await Promise.all(
    clients.map((client) =>
      until(async () => (await nodesOf(client)).length === clients.length, 'the nodes of the cluster to meet'),
    ),
  );
  for (const [n, client] of clients.slice(MASTERS).entries())
    await client.call('CLUSTER', ['REPLICATE', await clients[n].call('CLUSTER', ['MYID'])]);
}

/** Resolves when every node knows that all slots are served and every replica is in sync. */
async function isComplete(clients) {
  await Promise.all(
    clients.map((client) =>
      until(
        async () =>
          /cluster_state:ok/.test(await client.call('CLUSTER', ['INFO'])) &&
          !/master_link_status:down/.test(await client.info('replication')) &&
          (await nodesOf(client)).filter((line) => / (myself,)?slave /.test(line)).length === clients.length - MASTERS,
        'the cluster to be complete',
      ),
    ),
  );
}

/** The node that serves a key now, according to the first node that answers. */
async function masterOf(clients, nodes, key) {
  for (const client of clients) {
    const answers = await Promise.all([
      client.call('CLUSTER', ['KEYSLOT', key]),
      client.call('CLUSTER', ['SLOTS']),
    ]).catch(() => undefined);
    if (answers === undefined) continue;
    const [slot, ranges] = answers;
    const range = ranges.find(([from, to]) => from <= slot && slot <= to);
    const node = nodes.find((each) => portOf(each) === range?.[2][1]);
    if (node !== undefined) return node;
  }
  throw new Error(`No node of the cluster says who serves ${key}.`);
}

async function nodesOf(client) {
  return String(await client.call('CLUSTER', ['NODES']))
    .split('\n')
    .filter((line) => line !== '' && !/handshake/.test(line));
}

const portOf = ({ url }) => Number(new URL(url).port);

async function until(isSo, what) {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited 20 s in vain for ${what}.`);
}
