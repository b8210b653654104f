import kafkajs, { type Admin } from 'kafkajs';
import { type Backend, UnavailableError } from 'nest-event-bus/core';
import { kafka, type KafkaReport } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Kafka, kafka as kafkaServer } from '../../tools/servers/index.mjs';
import { requires } from '../support/requirements.js';

const TIMEOUT = { timeout: 180_000 };
const WITHIN = { withinMs: 30_000 };
const TOPIC = 'one-replica-each';
const GROUP = 'g';
const CONFIG = {
  'default.replication.factor': 3,
  'offsets.topic.replication.factor': 3,
  'broker.session.timeout.ms': 4_000,
  'broker.heartbeat.interval.ms': 500,
  'group.initial.rebalance.delay.ms': 0,
};

await requires('kafka-3.9', 'A partition whose only broker is dead', () => {
  let server: Kafka;
  let admin: Admin;
  /** Partition → a key for it. Other clients stop publishing to the topic if one partition has no leader. */
  const keys = new Map<number, string>();
  let backend: Backend;
  /** The partition whose leader dies. The others stay healthy. */
  let sick: number;
  let healthy: readonly number[];
  const reports: KafkaReport[] = [];
  const values: string[] = [];
  const members: { readonly stop: AbortController; readonly ended: Promise<void> }[] = [];

  beforeAll(async () => {
    server = await kafkaServer({ version: '3.9', nodes: 3, config: CONFIG });
    const client = new kafkajs.Kafka({ brokers: [...server.brokers], logLevel: kafkajs.logLevel.NOTHING });
    admin = client.admin();
    await admin.connect();
    const ids = async () => (await admin.describeCluster()).brokers.map(({ nodeId }) => nodeId);
    await until(async () => (await ids()).length === 3, { ...WITHIN, what: 'three brokers' });
    const replicaAssignment = (await ids()).map((id, partition) => ({ partition, replicas: [id] }));
    await admin.createTopics({ waitForLeaders: false, topics: [{ topic: TOPIC, replicaAssignment }] });
    backend = kafka({ brokers: server.brokers, observe: (report) => reports.push(report) });
    for (let n = 0; keys.size < 3; n += 1) {
      const key = `key-${n}`;
      const [position = ''] = await backend.publish([event(key, 'first')]);
      keys.set(Number(position.split(':')[0]), key);
    }
  }, 180_000);
  afterEach(async () => {
    for (const { stop } of members) stop.abort();
    await Promise.all(members.splice(0).map(({ ended }) => ended));
  });
  afterAll(async () => {
    await Promise.allSettled([backend.close(), admin.disconnect()]);
    await server.clear();
  }, 60_000);

  it('is waited for alone, also by members that come meanwhile, and is told', TIMEOUT, async () => {
    startMember(GROUP);
    await until(() => values.filter((value) => value === 'first').length >= 3, { ...WITHIN, what: 'the first events' });
    const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] });
    sick = 2;
    healthy = [0, 1];
    const leader = topics[0]?.partitions.find(({ partitionId }) => partitionId === sick)?.leader ?? 0;
    const node = server.nodes[leader - 1];
    await node?.kill();
    startMember(GROUP);
    await publish(healthy, 'meanwhile');
    await until(() => healthy.every((partition) => values.includes(`meanwhile of ${partition}`)), {
      ...WITHIN,
      what: () => `the events of the others; there are ${values.join()}`,
    });
    const told = () => reports.filter(({ what }) => what.startsWith('Could not read a partition'));
    await until(() => told().length > 0, { withinMs: 60_000, what: 'the report' });
    expect(Object.fromEntries(told()[0]?.fields ?? [])).toMatchObject({
      partition: sick,
      error: expect.stringMatching(
        new RegExp(`^Kafka: partition ${sick} of ${TOPIC} could not be read for \\d+ s: .+\\. Will try again\\.$`),
      ) as string,
    });
    await expect(backend.positions(TOPIC, GROUP)).rejects.toThrow(
      `Kafka: could not look up the offsets of partition ${sick} of ${TOPIC}: `,
    );
    // A new group cannot find the end of the topic. A group that starts at the beginning can.
    await expect(backend.createGroup(TOPIC, 'latest', 'latest')).rejects.toThrow(UnavailableError);
    await expect(backend.createGroup(TOPIC, 'latest', 'latest')).rejects.toThrow(
      `Kafka: the new group latest cannot get a start position in partition ${sick} of ${TOPIC}: the partition has no leader at the moment.`,
    );
    await expect(backend.createGroup(TOPIC, 'earliest', 'earliest')).resolves.toBe(true);
    await node?.restart();
    await publish([sick], 'again');
    await until(() => values.includes(`again of ${sick}`), { ...WITHIN, what: 'its next event' });
  });

  function startMember(group: string): void {
    const stop = new AbortController();
    const ended = backend.consume(
      { topic: TOPIC, group, member: 'm', start: 'earliest', maxInFlight: 10, stopBudgetMs: 15_000 },
      ({ value }) => Promise.resolve(void values.push(Buffer.from(value ?? []).toString())),
      stop.signal,
    );
    members.push({ stop, ended });
  }

  /** Publishes one event to each of these partitions. */
  function publish(partitions: readonly number[], value: string): Promise<unknown> {
    return backend.publish(partitions.map((partition) => event(keys.get(partition) ?? '', `${value} of ${partition}`)));
  }
});

function event(key: string, value: string) {
  return { topic: TOPIC, key: Buffer.from(key), value: Buffer.from(value), headers: [] };
}
