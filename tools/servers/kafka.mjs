import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import kafkajs from 'kafkajs';
import { cached } from './cache.mjs';
import { container, imageOf, pull, usesDocker } from './docker.mjs';
import { javaOptions, checkJava, copyJars } from './java.mjs';
import { scramOptions, secureAddresses, securePorts, secureProperties } from './kafka-security.mjs';
import { native } from './native.mjs';
import { freePort } from './ports.mjs';
import { run } from './programs.mjs';
import { server } from './server.mjs';

const RELEASES = { 3.9: '3.9.1', 4.1: '4.1.2' };
const CLUSTER_ID = 'bmVzdC1ldmVudC1idXMtMQ';

export async function kafka({ version = '3.9', nodes: count = 1, config = {}, heapMb = 512, port, security } = {}) {
  await (security === undefined ? prepareKafka(version) : prepareSecuredKafka(version));
  const docker = await usesDocker();
  const members = [];
  for (let id = 1; id <= count; id += 1) {
    members.push({
      id,
      port: await freePort(id === 1 ? port : undefined),
      controllerPort: await freePort(),
      securePorts: security === undefined ? undefined : await securePorts(),
      folder: await mkdtemp(join(tmpdir(), 'event-bus-kafka-')),
    });
  }
  const network = docker ? await startNetwork(members, version) : undefined;
  const started = await Promise.allSettled(
    members.map(async (member) =>
      server({
        name: `Kafka ${RELEASES[version]}, node ${member.id},`,
        folder: member.folder,
        process: docker
          ? await inContainer(member, { members, version, config, heapMb, network })
          : await onThisMachine(member, { members, version, config, heapMb, security }),
        isReady: () => isReady(member, members),
      }),
    ),
  );
  const nodes = started.flatMap((result) => result.value ?? []);
  const failed = started.find(({ status }) => status === 'rejected');
  const all = (method) => async () => {
    await Promise.all(nodes.map((node) => node[method]()));
  };
  const clear = async () => {
    await all('clear')();
    await network?.kill();
    await network?.remove();
  };
  if (failed !== undefined) {
    await clear();
    throw failed.reason;
  }
  const brokers = members.map(address);
  return {
    brokers,
    bootstrapServers: brokers.join(','),
    ...(security === undefined ? {} : { secured: secureAddresses(members[0].securePorts) }),
    nodes,
    folder: nodes[0].folder,
    startedInMs: Math.max(...nodes.map(({ startedInMs }) => startedInMs)),
    logs: async () => (await Promise.all(nodes.map((node) => node.logs()))).join('\n'),
    stop: all('stop'),
    kill: all('kill'),
    pause: all('pause'),
    resume: all('resume'),
    restart: all('restart'),
    clear,
  };
}

export async function prepareKafka(version) {
  if (await usesDocker()) await pull(await image(version));
  else await jars(version);
}

/** Like `prepareKafka`, for a Kafka with `security`. */
export async function prepareSecuredKafka(version) {
  // SCRAM passwords are written when the data folder is formatted. The image does that on its own.
  if (await usesDocker()) {
    throw new Error('Kafka with passwords and certificates does not run in a container: set EVENT_BUS_SERVERS=native');
  }
  await prepareKafka(version);
}

async function jars(version) {
  await checkJava();
  // The newest version that matches Kafka's own slf4j-api.
  const artifacts = [`org.apache.kafka:kafka_2.13:${RELEASES[version]}`, 'org.slf4j:slf4j-simple:1.7.36'];
  const key = createHash('sha256').update(artifacts.join()).digest('hex').slice(0, 8);
  return cached(`servers/kafka-${RELEASES[version]}-${key}`, (folder) => copyJars(artifacts, folder));
}

const address = ({ port }) => `127.0.0.1:${port}`;

function properties({ id, port, controllerPort, securePorts: ports }, { members, config, security, host, data }) {
  const copies = members.length;
  const secure =
    security === undefined ? { listeners: [], protocols: [], properties: {} } : secureProperties(ports, security);
  return {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': members.map((member) => `${member.id}@127.0.0.1:${member.controllerPort}`).join(),
    'controller.listener.names': 'CONTROLLER',
    listeners: [`PLAINTEXT://${host}:${port}`, `CONTROLLER://${host}:${controllerPort}`, ...secure.listeners].join(),
    'advertised.listeners': [`PLAINTEXT://127.0.0.1:${port}`, ...secure.listeners].join(),
    'listener.security.protocol.map': ['PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT', ...secure.protocols].join(),
    'log.dirs': data,
    // More than one partition, because tests would miss what depends on partitions.
    'num.partitions': 3,
    'offsets.topic.num.partitions': copies,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.num.partitions': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': Math.min(copies, 2),
    'group.initial.rebalance.delay.ms': 0,
    // A killed node cannot return before its session has ended. The default is 9 s.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    ...secure.properties,
    ...(typeof config === 'function' ? config({ id, port, controllerPort }) : config),
  };
}

async function onThisMachine(member, { members, version, config, heapMb, security }) {
  const { folder } = member;
  const classPath = join(await jars(version), '*');
  const file = join(folder, 'server.properties');
  const settings = properties(member, { members, config, security, host: '127.0.0.1', data: join(folder, 'data') });
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${ascii(String(value))}\n`);
  await writeFile(file, lines.join(''));
  const java = [...javaOptions(folder), '-Dorg.slf4j.simpleLogger.showDateTime=true', '-cp', classPath];
  const users = security === undefined ? [] : scramOptions(security);
  await run('java', ['-Xmx128m', ...java, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', file, ...users]);
  return native({ command: 'java', args: [`-Xmx${heapMb}m`, ...java, 'kafka.Kafka', file], folder });
}

/** Escapes characters, because Java reads properties files as Latin-1. */
function ascii(text) {
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

async function image(version) {
  return (await imageOf('kafka')).replace(/:.*/, `:${RELEASES[version]}`);
}

/** A container that only holds the network. Nodes and clients use the same addresses in it. */
async function startNetwork(members, version) {
  const network = container({
    name: `${basename(members[0].folder)}-network`,
    image: await image(version),
    options: ['--entrypoint', 'sleep', ...members.flatMap(({ port }) => ['--publish', `127.0.0.1:${port}:${port}`])],
    command: ['infinity'],
  });
  await network.start();
  return network;
}

async function inContainer(member, { members, version, config, heapMb }) {
  const settings = properties(member, { members, config, host: '0.0.0.0', data: '/var/lib/kafka/data' });
  const env = { CLUSTER_ID, KAFKA_HEAP_OPTS: `-Xmx${heapMb}m` };
  for (const [name, value] of Object.entries(settings)) {
    env[`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`] = value;
  }
  return container({
    name: basename(member.folder),
    image: await image(version),
    options: [
      ...['--network', `container:${basename(members[0].folder)}-network`],
      ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ],
  });
}

/** Resolves when the node is in the cluster and every partition of the group offsets has a coordinator that answers. */
async function isReady(member, members) {
  const admin = new kafkajs.Kafka({
    brokers: [address(member)],
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    if (!brokers.some(({ nodeId }) => nodeId === member.id)) throw new Error('the node is not in the cluster yet');
    // A group's partition is the hash of its name. Names whose last characters are consecutive have consecutive
    // partitions.
    for (const { id } of members) await admin.fetchOffsets({ groupId: `ready-${id}` });
  } finally {
    await admin.disconnect();
  }
}
