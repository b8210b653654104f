import kafkajs, { type Admin } from 'kafkajs';
import { type Backend } from 'nest-event-bus/core';
import { kafka, type KafkaReport } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Kafka, kafka as kafkaServer } from '../../tools/servers/index.mjs';
import { requires } from '../support/requirements.js';

const WITHIN = { withinMs: 40_000 };
const TOPIC = 'events';
const GROUP = 'group';
const OFFSETS = '__consumer_offsets';

await requires('kafka-3.9', 'Three Kafka brokers', () => {
  let server: Kafka;
  let admin: Admin;
  let backend: Backend;
  const reports: KafkaReport[] = [];
  const values: string[] = [];
  const said = (part: string) => reports.filter(({ what }) => what.startsWith(part));

  beforeAll(async () => {
    server = await kafkaServer({
      version: '3.9',
      nodes: 3,
      config: {
        'offsets.topic.num.partitions': 1,
        'offsets.topic.replication.factor': 2,
        'min.insync.replicas': 2,
        'auto.leader.rebalance.enable': 'false',
      },
    });
    admin = new kafkajs.Kafka({ brokers: [...server.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    await until(async () => (await admin.describeCluster()).brokers.length === 3, { ...WITHIN, what: 'three brokers' });
    backend = kafka({ brokers: server.brokers, observe: (report) => reports.push(report) });
  }, 180_000);
  afterAll(async () => {
    await Promise.allSettled([backend.close(), admin.disconnect()]);
    await server.clear();
  }, 60_000);

  it(
    'of which too few have the offsets of groups keep no event from its handlers: the log says so within seconds, and commits follow',
    { timeout: 120_000 },
    async () => {
      const { leader, replicas } = await placeOf(OFFSETS);
      const follower = replicas.find((each) => each !== leader) ?? 0;
      const topicReplicas = [leader, ...[1, 2, 3].filter((each) => each !== leader && each !== follower)];
      await admin.createTopics({
        waitForLeaders: false,
        topics: [{ topic: TOPIC, replicaAssignment: [{ partition: 0, replicas: topicReplicas }] }],
      });
      await until(async () => (await placeOf(TOPIC)).leader === leader, { ...WITHIN, what: 'the topic' });
      const stop = new AbortController();
      const consuming = backend.consume(
        { topic: TOPIC, group: GROUP, member: 'm', start: 'earliest', maxInFlight: 10, stopBudgetMs: 10_000 },
        ({ value }) => Promise.resolve(void values.push(Buffer.from(value ?? []).toString())),
        stop.signal,
      );
      await publish('first');
      await until(() => values.length === 1, { ...WITHIN, what: 'the first event' });
      await server.nodes[follower - 1]?.kill();
      await until(async () => (await placeOf(OFFSETS)).isr.length === 1, { ...WITHIN, what: 'too few replicas' });
      await publish('second');
      await until(() => values.length === 2, { ...WITHIN, what: 'the event beside commits that fail' });
      await until(() => said('Commits fail').length === 1, { withinMs: 15_000, what: 'the report' });
      await server.nodes[follower - 1]?.restart();
      await until(() => said('Commits work again').length === 1, { ...WITHIN, what: 'the good news' });
      const behind = async () => (await backend.positions(TOPIC, GROUP))[0]?.behind;
      await until(async () => (await behind()) === 0, { ...WITHIN, what: 'all to be committed' });
      stop.abort();
      await consuming;
      expect(values).toEqual(['first', 'second']);
    },
  );

  function publish(value: string): Promise<unknown> {
    return backend.publish([{ topic: TOPIC, key: null, value: Buffer.from(value), headers: [] }]);
  }

  async function placeOf(topic: string) {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }));
    return topics[0]?.partitions[0] ?? { leader: -1, replicas: [], isr: [] };
  }
});
