import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { PASSWORD, USER } from './cluster.mjs';
import { readLog, startPublisher } from './programs.mjs';
import { BYTES, KEYS, MAX_OPEN, PARTITIONS, topicName } from './run-publishing.mjs';
import { compare, quantile, readJournal, readPlaces } from './verdict.mjs';

/** How to break a topic: `ail` breaks it, `heal` undoes what would affect other topics. */
export const AILMENTS = {
  deleted: {
    title: 'deleted',
    ail: ({ admin }, a) => admin.deleteTopic(a),
  },
  forbidden: {
    title: 'forbidden: no right to write',
    ail: ({ admin }, a) => admin.allow(a, USER, kafkajs.AclOperationTypes.DESCRIBE),
  },
  small: {
    title: 'too small: max.message.bytes is below the record',
    ail: ({ admin }, a) => admin.configure(a, { 'max.message.bytes': BYTES / 2 }),
  },
  minisr: {
    title: 'without replicas: one, and two must have what is confirmed',
    ail: ({ admin }, a) => admin.configure(a, { 'min.insync.replicas': 2 }),
  },
  dead: {
    title: 'without replicas: its only broker is dead',
    async ail({ nodes }) {
      await nodes.at(-1).kill();
      // Waits until other brokers lead the partitions of topic b that this broker led.
      await delay(FAILED_OVER_MS);
    },
    heal: ({ nodes }) => nodes.at(-1).restart(),
  },
};

const FAILED_OVER_MS = 10_000;
/** The number of records before the fault. Topic b gets two of three. */
const COUNT = 1_000;
const RATE = 300;
const WARM_MS = 5_000;
const MEASURED_MS = (COUNT / (RATE * (2 / 3))) * 1000;

/**
 * Publishes to topics a and b, first while a is healthy, then while it is broken. Resolves with the results of
 * publishes to b in both phases.
 */
export async function runBeside(cluster, { scenario: name, side, publishTimeoutMs = 30_000, options }) {
  const { ail, heal } = AILMENTS[name];
  const folder = await mkdtemp(join(tmpdir(), 'event-bus-kafka-faults-'));
  const b = topicName(`beside-${name}`);
  const a = `${b}-ailing`;
  const turns = [b, b, a];
  let publisher;
  let isAiling = false;
  try {
    await cluster.admin.createTopic(b, { partitions: PARTITIONS });
    await cluster.admin.createTopic(a, {
      replicas: [[cluster.nodes.at(-1).id]],
      config: { 'min.insync.replicas': 1 },
    });
    const journal = join(folder, 'journal.txt');
    publisher = await startPublisher(side, {
      ...{ brokers: cluster.withUser, topics: turns, journal, rate: RATE, keys: KEYS, bytes: BYTES },
      ...{ publishTimeoutMs, maxOpen: MAX_OPEN, options: { ...SIGNED_IN[side], ...options } },
    });
    await delay(WARM_MS);
    const undisturbed = Date.now();
    await delay(MEASURED_MS);
    isAiling = true;
    await ail(cluster, a);
    const disturbed = Date.now();
    await delay(MEASURED_MS);
    if (heal !== undefined) await heal(cluster);
    isAiling = false;
    await publisher.stop();
    await cluster.admin.calm(b);
    const log = join(folder, 'log.txt');
    await readLog(cluster.bootstrap, log, [b]);
    const told = await readJournal(journal);
    const concerns = (n) => turns[n % turns.length] === b;
    const given = { topics: turns, keys: KEYS, publishTimeoutMs, mayReject: () => false, concerns };
    return {
      ...compare(told, await readPlaces(log), given),
      rejectedOfA: [...told.rejected.keys()].filter((n) => !concerns(n)).length,
      before: timesOf(told, concerns, undisturbed),
      after: timesOf(told, concerns, disturbed),
    };
  } finally {
    await publisher?.kill();
    if (isAiling) await heal?.(cluster);
    for (const topic of [a, b]) await cluster.admin.deleteTopic(topic).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

const SIGNED_IN = {
  ours: { sasl: { mechanism: 'PLAIN', username: USER, password: PASSWORD } },
  librdkafka: {
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'PLAIN',
    'sasl.username': USER,
    'sasl.password': PASSWORD,
  },
};

/** The results of records to b that were published within the measured time from `since`. */
function timesOf({ confirmed, rejected }, concerns, since) {
  const isIn = ([n, { at }]) => concerns(n) && at >= since && at < since + MEASURED_MS;
  const latencies = [...confirmed].filter(isIn).map(([, { latencyMs }]) => latencyMs);
  return {
    confirmed: latencies.length,
    rejected: [...rejected].filter(isIn).length,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    maxMs: quantile(latencies, 1),
  };
}
