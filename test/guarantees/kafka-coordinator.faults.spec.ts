import kafkajs, { type Admin } from 'kafkajs';
import { kafka, type KafkaReport } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Kafka, kafka as kafkaServer } from '../../tools/servers/index.mjs';
import { requires } from '../support/requirements.js';

const PARTITIONS = 6;
const MAX_IN_FLIGHT = 50;
/** The publishing interval, in ms. */
const EVERY_MS = 10;
const OFFSETS_PARTITIONS = 3;
/** The longest allowed pause of a group, in ms. */
const PAUSE_MS = 10_000;

await requires('kafka-3.9', 'Three Kafka brokers', () => {
  let server: Kafka;
  let admin: Admin;

  beforeAll(async () => {
    server = await kafkaServer({
      version: '3.9',
      nodes: 3,
      config: {
        'default.replication.factor': 3,
        'min.insync.replicas': 2,
        'offsets.topic.replication.factor': 3,
        'offsets.topic.num.partitions': OFFSETS_PARTITIONS,
        'auto.leader.rebalance.enable': 'false',
      },
    });
    admin = new kafkajs.Kafka({ brokers: [...server.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    await until(async () => (await admin.describeCluster()).brokers.length === 3, {
      withinMs: 30_000,
      what: 'three brokers',
    });
  }, 180_000);
  afterAll(async () => {
    await admin.disconnect();
    await server.clear();
  }, 60_000);

  it.each(['killed', 'stopped', 'paused', 'moved'] as const)(
    'a coordinator that is %s makes its group stand still for no more than ten seconds, and repeat nothing beyond the window',
    { timeout: 240_000 },
    async (fault) => {
      const topic = `coordinator-${fault}`;
      await makeReplicated(topic);
      const load = await underLoad(topic);
      try {
        await until(() => load.perMember.every((count) => count > 100), { withinMs: 40_000, what: 'both members' });
        const { leader, partition, replicas } = await coordinatorOf(load.group);
        const node = server.nodes[leader - 1];
        load.beginPause();
        if (fault === 'killed') await node?.kill();
        else if (fault === 'stopped') await node?.stop();
        else if (fault === 'paused') await node?.pause();
        else
          await reassign(
            partition,
            replicas.filter((each) => each !== leader),
          );
        const coordinator = async () => (await coordinatorOf(load.group)).leader;
        await until(async () => (await coordinator()) !== leader, { withinMs: 60_000, what: 'another coordinator' });
        const handled = load.handled.length;
        await until(() => load.handled.length > handled + 500, {
          withinMs: 60_000,
          what: 'events to be handled again',
        });
        if (fault === 'paused') await node?.resume();
        else if (fault !== 'moved') await node?.restart();
        await load.end();
        if (fault === 'moved') await reassign(partition, replicas);
        const missed = load.confirmed.filter((id) => !load.seen.has(id));
        const repeats = load.handled.length - load.seen.size;
        expect({ missed, failures: load.failures }).toEqual({ missed: [], failures: [] });
        expect(repeats).toBeLessThanOrEqual(PARTITIONS * MAX_IN_FLIGHT);
        expect(load.longestPauseMs).toBeLessThanOrEqual(PAUSE_MS);
        expect(load.rebalances).toBe(0);
      } finally {
        await load.end();
      }
    },
  );

  it(
    'a partition without a leader keeps nobody from the others, nor does a member that joins',
    { timeout: 240_000 },
    async () => {
      const topic = 'leaderless';
      await admin.createTopics({
        waitForLeaders: false,
        topics: [
          {
            topic,
            replicaAssignment: [1, 2, 3].map((broker, partition) => ({ partition, replicas: [broker] })),
            configEntries: [{ name: 'min.insync.replicas', value: '1' }],
          },
        ],
      });
      await until(async () => (await leaders(topic)).every((leader) => leader >= 0), {
        withinMs: 30_000,
        what: 'leaders',
      });
      const load = await underLoad(topic, [0, 1]);
      try {
        await until(() => load.handled.length > 100, { withinMs: 40_000, what: 'events' });
        await server.nodes[2]?.kill();
        await until(async () => (await leaders(topic)).includes(-1), {
          withinMs: 60_000,
          what: 'the partition to be leaderless',
        });
        load.addMember();
        await until(() => (load.perMember[2] ?? 0) > 0 || load.partitionsSince(2_000) >= 2, {
          withinMs: 60_000,
          what: 'the new member',
        });
        const handled = load.handled.length;
        await until(() => load.handled.length > handled + 300, { withinMs: 30_000, what: 'events beside it' });
        await server.nodes[2]?.restart();
        await load.end();
        expect(load.confirmed.filter((id) => !load.seen.has(id))).toEqual([]);
      } finally {
        await load.end();
      }
    },
  );

  async function makeReplicated(topic: string): Promise<void> {
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 3 }],
    });
    await until(async () => (await leaders(topic)).every((leader) => leader >= 0), {
      withinMs: 30_000,
      what: 'leaders',
    });
  }

  async function leaders(topic: string): Promise<readonly number[]> {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }));
    const partitions = topics[0]?.partitions ?? [];
    return partitions.length === 0
      ? [-1]
      : partitions.toSorted((a, b) => a.partitionId - b.partitionId).map((each) => each.leader);
  }

  async function coordinatorOf(group: string) {
    const partition = Math.abs(javaHash(group)) % OFFSETS_PARTITIONS;
    const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] }).catch(() => ({ topics: [] }));
    const found = topics[0]?.partitions.find(({ partitionId }) => partitionId === partition);
    return { partition, leader: found?.leader ?? -1, replicas: found?.replicas ?? [] };
  }

  /** Resolves when the partition of `__consumer_offsets` has exactly these replicas, in sync. */
  async function reassign(partition: number, replicas: readonly number[]): Promise<void> {
    await admin.alterPartitionReassignments({
      topics: [{ topic: '__consumer_offsets', partitionAssignment: [{ partition, replicas: [...replicas] }] }],
    });
    const inSync = async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] });
      return topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.isr ?? [];
    };
    await until(async () => [...(await inSync())].sort().join() === [...replicas].sort().join(), {
      withinMs: 30_000,
      what: 'the replicas',
    });
  }

  /** Publishes continuously with another client while two members handle the records. */
  async function underLoad(topic: string, partitions: readonly number[] = range(PARTITIONS)) {
    const group = `g-${topic}`;
    const client = new kafkajs.Kafka({ brokers: [...server.brokers], logLevel: kafkajs.logLevel.NOTHING });
    const producer = client.producer({ retry: { retries: 30 } });
    await producer.connect();
    const stop = new AbortController();
    const reports: KafkaReport[] = [];
    const state = { lastAt: performance.now(), longestPauseMs: 0, published: 0 };
    const confirmed: string[] = [];
    const handled: string[] = [];
    const seen = new Set<string>();
    const failures: string[] = [];
    const perMember: number[] = [];
    const recent = new Map<number, number>();
    const backends: { readonly done: Promise<void> }[] = [];
    const addMember = () => {
      const n = perMember.push(0) - 1;
      const backend = kafka({
        brokers: server.brokers,
        sessionTimeoutMs: 10_000,
        observe: (each) => reports.push(each),
      });
      const consuming = backend.consume(
        { topic, group, member: `m${n}`, start: 'earliest', maxInFlight: MAX_IN_FLIGHT, stopBudgetMs: 15_000 },
        ({ value, partition }) => {
          const id = Buffer.from(value ?? []).toString();
          const now = performance.now();
          state.longestPauseMs = Math.max(state.longestPauseMs, now - state.lastAt);
          state.lastAt = now;
          handled.push(id);
          seen.add(id);
          recent.set(partition, now);
          perMember[n] = (perMember[n] ?? 0) + 1;
          return Promise.resolve();
        },
        stop.signal,
      );
      const done = consuming.catch((error: unknown) => void failures.push(String(error))).then(() => backend.close());
      backends.push({ done });
    };
    addMember();
    addMember();
    const sends = new Set<Promise<unknown>>();
    const publishing = setInterval(() => {
      const id = `e${state.published++}`;
      const partition = partitions[state.published % partitions.length] ?? 0;
      const sent = producer.send({ topic, acks: -1, messages: [{ partition, value: id }] }).then(
        () => confirmed.push(id),
        () => undefined,
      );
      sends.add(sent);
      void sent.finally(() => sends.delete(sent));
    }, EVERY_MS);
    let ending: Promise<void> | undefined;
    return {
      group,
      confirmed,
      handled,
      seen,
      failures,
      perMember,
      addMember,
      beginPause: () => Object.assign(state, { lastAt: performance.now(), longestPauseMs: 0 }),
      get longestPauseMs() {
        return state.longestPauseMs;
      },
      get rebalances() {
        return reports.filter(({ what }) => what.startsWith('The member lost its partitions')).length;
      },
      partitionsSince: (ms: number) => [...recent.values()].filter((at) => performance.now() - at < ms).length,
      end: () =>
        (ending ??= (async () => {
          clearInterval(publishing);
          await Promise.all(sends);
          await until(() => confirmed.every((id) => seen.has(id)), {
            withinMs: 30_000,
            what: () => `all of ${confirmed.length} events, of which ${seen.size} are handled`,
          }).catch(() => undefined);
          stop.abort();
          await Promise.all(backends.map(({ done }) => done));
          await producer.disconnect();
        })()),
    };
  }
});

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => n);
}

/** The hash with which a broker finds a group's partition of `__consumer_offsets`. */
function javaHash(text: string): number {
  return Array.from(text).reduce((hash, letter) => (31 * hash + letter.charCodeAt(0)) | 0, 0);
}
