import { connect } from 'node:net';
import kafkajs, { type Admin, type ISocketFactory } from 'kafkajs';
import { type Backend, UnavailableError } from 'nest-event-bus/core';
import { kafka } from 'nest-event-bus/kafka';
import { until, within } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Kafka, kafka as kafkaServer } from '../../tools/servers/index.mjs';
import { allowedMs, p99Of } from '../support/beside.js';
import { logOf } from '../support/kafka-log.js';
import { requires } from '../support/requirements.js';

const WITHIN = { withinMs: 40_000 };
const LONG = { timeout: 120_000 };
const COUNT = 1_000;
/** The broker that dies at the end, and the two that remain. */
const [ONE, TWO, DYING] = [1, 2, 3];

await requires('kafka-3.9', 'Publishing to three Kafka brokers', () => {
  let server: Kafka;
  let admin: Admin;
  let backend: Backend;

  beforeAll(async () => {
    server = await kafkaServer({
      version: '3.9',
      nodes: 3,
      config: { 'auto.leader.rebalance.enable': 'false', 'broker.session.timeout.ms': 2_000 },
    });
    admin = new kafkajs.Kafka({ brokers: [...server.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    await until(async () => (await admin.describeCluster()).brokers.length === 3, { ...WITHIN, what: 'three brokers' });
    backend = kafka({ brokers: server.brokers });
  }, 180_000);
  afterAll(async () => {
    await Promise.allSettled([backend.close(), admin.disconnect()]);
    await server.clear();
  }, 60_000);

  it(
    'tells true positions when a leader moves to a broker that has other partitions of the request',
    LONG,
    async () => {
      const topic = 'moving';
      await make(topic, [
        [ONE, TWO],
        [TWO, ONE],
      ]);
      const keys = await keysOf(topic, 2);
      await admin.alterPartitionReassignments({
        topics: [{ topic, partitionAssignment: [{ partition: 0, replicas: [TWO] }] }],
      });
      const old = seenBy(server.brokers[ONE - 1] ?? '');
      await old.connect();
      try {
        // The old leader accepts records until it knows that it was replaced.
        await until(async () => (await leaders(topic, old))[0] === TWO, { ...WITHIN, what: 'the leader to move' });
      } finally {
        await old.disconnect();
      }
      const positions = await Promise.all(keys.map((key) => backend.publish([event(topic, `after in ${key}`, key)])));
      const log = await logOf(server.brokers, topic);
      expect(keys.map((key) => log.get(`after in ${key}`))).toEqual(positions);
      expect([...log.values()].filter(({ length }) => length > 1)).toEqual([]);
    },
  );

  it('waits for no leader that hangs once another has taken over', LONG, async () => {
    const topic = 'hanging';
    await make(topic, [
      [DYING, ONE, TWO],
      [ONE, TWO, DYING],
    ]);
    const [sick = '', healthy = ''] = await keysOf(topic, 2);
    const node = server.nodes[DYING - 1];
    await node?.pause();
    try {
      const hanging = Promise.all(range('hanging', 20).map((value) => backend.publish([event(topic, value, sick)])));
      const beside = backend.publish([event(topic, 'beside', healthy)]);
      // A request without an answer would end after ten seconds on its own.
      const positions = await within(hanging, { withinMs: 9_000, what: 'what the hanging broker was sent' });
      await beside;
      await node?.resume();
      const log = await logOf(server.brokers, topic);
      expect(range('hanging', 20).map((value) => log.get(value))).toEqual(positions);
    } finally {
      await node?.resume();
    }
  });

  it('is not disturbed by topics whose brokers are dead, or have too few replicas', LONG, async () => {
    const good = 'good';
    const [alone, strict] = ['alone', 'strict'];
    await Promise.all([
      make(good, [
        [ONE, TWO, DYING],
        [TWO, DYING, ONE],
        [ONE, DYING, TWO],
      ]),
      make(alone, [[DYING]], 1),
      make(strict, [[ONE, DYING]], 2),
    ]);
    const publisher = kafka({ brokers: server.brokers, publishTimeoutMs: 8_000 });
    const publish = (topic: string, value: string) => publisher.publish([event(topic, value)]);
    const ready = (topic: string) => publish(topic, 'first');
    await Promise.all([ready(alone), ready(strict)]);
    const undisturbedMs = await p99Of(COUNT, (n) => publish(good, `before ${n}`));
    await server.nodes[DYING - 1]?.kill();
    await until(async () => (await leaders(alone))[0] === -1, { ...WITHIN, what: 'the broker to be missed' });
    const sick = [alone, strict].flatMap((topic) => range('late', 10).map((value) => publish(topic, value)));
    const outcomes = Promise.allSettled(sick);
    const besideMs = await p99Of(COUNT, (n) => publish(good, `beside ${n}`));
    expect(besideMs).toBeLessThanOrEqual(allowedMs(undisturbedMs));
    for (const [n, outcome] of (await outcomes).entries()) {
      const topic = n < 10 ? alone : strict;
      const error = (outcome as PromiseRejectedResult).reason as Error;
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error.message).toMatch(
        new RegExp(
          `^Kafka: could not publish to ${topic} within 8000 ms: .*` +
            (n < 10 ? 'the partition has no leader at the moment' : 'fewer replicas are in sync'),
        ),
      );
    }
    await publisher.close();
    const log = await logOf(server.brokers.slice(0, 2), good);
    expect([...log.keys()].toSorted()).toEqual([...range('before', COUNT), ...range('beside', COUNT)].toSorted());
    expect([...log].filter(([, positions]) => positions.length > 1)).toEqual([]);
  });

  /** Creates a topic whose partitions have these replicas, the leader first. */
  async function make(topic: string, replicas: readonly (readonly number[])[], minIsr = 1): Promise<void> {
    const replicaAssignment = replicas.map((of, partition) => ({ partition, replicas: [...of] }));
    const configEntries = [{ name: 'min.insync.replicas', value: String(minIsr) }];
    await admin.createTopics({ waitForLeaders: false, topics: [{ topic, replicaAssignment, configEntries }] });
    await until(async () => (await leaders(topic)).join() === replicas.map(([first]) => first).join(), {
      ...WITHIN,
      what: `the leaders of ${topic}`,
    });
  }

  async function leaders(topic: string, by = admin): Promise<readonly number[]> {
    const { topics } = await by.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }));
    // The broker does not answer at all while a partition has no leader.
    const found = topics[0]?.partitions ?? [{ partitionId: 0, leader: -1 }];
    return found.toSorted((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader);
  }

  /** A key for each partition. Each partition has an event when this resolves. */
  async function keysOf(topic: string, count: number): Promise<readonly string[]> {
    const keys: string[] = [];
    for (let n = 0; keys.filter((key) => key !== '').length < count; n += 1) {
      const [position = ''] = await backend.publish([event(topic, `before ${n}`, `key ${n}`)]);
      keys[Number(position.split(':')[0])] ??= `key ${n}`;
    }
    return keys;
  }
});

/** An admin client that asks only this broker. */
function seenBy(broker: string): Admin {
  const [host = '', port] = broker.split(':');
  const socketFactory: ISocketFactory = ({ onConnect }) => connect({ host, port: Number(port) }, onConnect);
  return new kafkajs.Kafka({ brokers: [broker], socketFactory, logLevel: kafkajs.logLevel.NOTHING }).admin();
}

function event(topic: string, value: string, key = value) {
  return { topic, key: Buffer.from(key), value: Buffer.from(value), headers: [] };
}

function range(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `${name} ${n}`);
}
