import { randomBytes } from 'node:crypto';
import kafkajs, { type Admin } from 'kafkajs';
import { type Backend, RecordRefusedError, UnavailableError } from 'nest-event-bus/core';
import { kafka, type KafkaOptions } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { allowedMs, p99Of } from '../support/beside.js';
import { logOf } from '../support/kafka-log.js';
import { changedAnswers } from '../support/kafka-way.js';
import { makeTopic } from '../support/kafka.js';
import { requires } from '../support/requirements.js';

const COUNT = 1_000;
const TIMEOUT_MS = 3_000;
const PRODUCE = 0;

await requires('kafka-3.9', 'Publishing to Kafka', (start) => {
  let brokers: readonly string[];
  let admin: Admin;
  let good: string;
  let sick: string;
  const opened: Backend[] = [];
  const open = (options: Partial<KafkaOptions> = {}) => {
    const backend = kafka({ brokers, publishTimeoutMs: TIMEOUT_MS, ...options });
    opened.push(backend);
    return backend;
  };

  beforeAll(async () => {
    brokers = (await start()).split(',');
    admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterAll(() => admin.disconnect());
  beforeEach(() => {
    const tail = randomBytes(4).toString('hex');
    [good, sick] = [`good-${tail}`, `sick-${tail}`];
  });
  afterEach(() => Promise.all(opened.splice(0).map((backend) => backend.close())));

  it('spreads records without a key over all partitions, one by one and many at a time', async () => {
    const PARTITIONS = 12;
    await makeTopic(brokers.join(), good, PARTITIONS);
    const backend = open();
    const keyless = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ topic: good, key: null, value: Buffer.from(`${n}`), headers: [] }));
    const partitionsOf = (positions: readonly string[]) => positions.map((position) => position.split(':')[0]);
    const oneByOne: (string | undefined)[] = [];
    for (let n = 0; n < 5 * PARTITIONS; n += 1) oneByOne.push(...partitionsOf(await backend.publish(keyless(1))));
    const together = partitionsOf(await backend.publish(keyless(6_000)));
    for (const [partitions, mean] of [
      [oneByOne, 5],
      [together, 500],
    ] as const) {
      const counts = Array.from({ length: PARTITIONS }, (_, n) => partitions.filter((each) => each === `${n}`).length);
      expect(Math.min(...counts), counts.join()).toBeGreaterThanOrEqual(mean / 2);
      expect(Math.max(...counts), counts.join()).toBeLessThanOrEqual(mean * 2);
    }
  });

  it('is not disturbed by a topic that was deleted, whose own publishes say so', async () => {
    await Promise.all([makeTopic(brokers.join(), good, 3), makeTopic(brokers.join(), sick, 3)]);
    const backend = open();
    const undisturbedMs = await p99Of(COUNT, (n) => backend.publish([event(good, `before ${n}`)]));
    await backend.publish([event(sick, 'first')]);
    await admin.deleteTopics({ topics: [sick] });
    await until(async () => !(await admin.listTopics()).includes(sick), { withinMs: 10_000, what: 'the deletion' });
    const failing = Array.from({ length: 10 }, (_, n) => backend.publish([event(sick, `lost ${n}`, `k${n}`)]));
    const outcomes = Promise.allSettled(failing);
    const besideMs = await p99Of(COUNT, (n) => backend.publish([event(good, `beside ${n}`)]));
    expect(besideMs).toBeLessThanOrEqual(allowedMs(undisturbedMs));
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: new UnavailableError(
          `Kafka: could not publish to ${sick} within ${TIMEOUT_MS} ms: ` +
            `topic ${sick} was deleted while this process published to it: create it again`,
        ),
      });
    expect(await admin.listTopics()).not.toContain(sick);
    await expectOnce(good, [...range('before', COUNT), ...range('beside', COUNT)]);
  });

  it('goes on when a topic that was deleted is made again, with the publishes that waited', async () => {
    await makeTopic(brokers.join(), sick, 1);
    const backend = open({ publishTimeoutMs: 20_000 });
    await backend.publish([event(sick, 'old')]);
    await admin.deleteTopics({ topics: [sick] });
    await until(async () => !(await admin.listTopics()).includes(sick), { withinMs: 10_000, what: 'the deletion' });
    const waiting = Array.from({ length: 5 }, (_, n) => backend.publish([event(sick, `new ${n}`)]));
    await makeTopic(brokers.join(), sick, 1);
    expect((await Promise.all(waiting)).flat()).toEqual(range('0', 5).map((each) => each.replace(' ', ':')));
    await expectOnce(sick, range('new', 5));
  });

  it('is not disturbed by records that are too large for their topic, and puts none of their companions in twice', async () => {
    await makeTopic(brokers.join(), good, 3);
    await admin.createTopics({
      topics: [{ topic: sick, numPartitions: 1, configEntries: [{ name: 'max.message.bytes', value: '10000' }] }],
    });
    const backend = open();
    const undisturbedMs = await p99Of(COUNT, (n) => backend.publish([event(good, `before ${n}`)]));
    const large = 'x'.repeat(20_000);
    const refused: Promise<unknown>[] = [];
    const companions: Promise<unknown>[] = [];
    const reasonOf = (publishing: Promise<unknown>) =>
      publishing.then(
        () => undefined,
        (error: unknown) => error,
      );
    const besideMs = await p99Of(COUNT, (n) => {
      if (n % 50 === 0) {
        companions.push(backend.publish([event(sick, `left of ${n}`)]));
        refused.push(reasonOf(backend.publish([event(sick, large)])));
        companions.push(backend.publish([event(sick, `right of ${n}`)]));
      }
      return backend.publish([event(good, `beside ${n}`)]);
    });
    expect(besideMs).toBeLessThanOrEqual(allowedMs(undisturbedMs));
    for (const reason of await Promise.all(refused)) expect(reason).toBeInstanceOf(RecordRefusedError);
    await Promise.all(companions);
    await expectOnce(good, [...range('before', COUNT), ...range('beside', COUNT)]);
    const sides = Array.from({ length: COUNT / 50 }, (_, n) => [`left of ${n * 50}`, `right of ${n * 50}`]);
    await expectOnce(sick, sides.flat());
  });

  it.each([
    ['once', 1],
    ['for ever', Infinity],
  ])('does not take an answer without a word about a partition for a yes: %s', async (_, times) => {
    await makeTopic(brokers.join(), good, 1);
    const way = wordless();
    const backend = open({ client: { socketFactory: way.socketFactory }, publishTimeoutMs: TIMEOUT_MS });
    await backend.publish(['a', 'b', 'c'].map((value) => event(good, value)));
    way.left = times;
    const publishing = backend.publish([event(good, 'd')]);
    if (times === 1) await expect(publishing).resolves.toEqual(['0:3']);
    else
      await expect(publishing).rejects.toThrow(
        new UnavailableError(
          `Kafka: could not publish to ${good} within ${TIMEOUT_MS} ms: the broker did not answer for this partition`,
        ),
      );
    await expectOnce(good, ['a', 'b', 'c', 'd']);
  });

  async function expectOnce(topic: string, values: readonly string[]): Promise<void> {
    const log = await logOf(brokers, topic);
    expect([...log.keys()].toSorted()).toEqual(values.toSorted());
    expect([...log].filter(([, positions]) => positions.length > 1)).toEqual([]);
  }
});

function event(topic: string, value: string, key = value) {
  return { topic, key: Buffer.from(key), value: Buffer.from(value), headers: [] };
}

function range(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `${name} ${n}`);
}

/** A connection on which the answers to publishes can lose their topics. */
function wordless() {
  const way = { left: 0, socketFactory: changedAnswers(change) };
  function change(bytes: Buffer, apiKey: number | undefined): Buffer {
    if (apiKey !== PRODUCE || way.left === 0) return bytes;
    way.left -= 1;
    // The length, the correlation id, no topics, no throttling.
    const answer = Buffer.alloc(16);
    answer.writeInt32BE(12, 0);
    answer.writeInt32BE(bytes.readInt32BE(4), 4);
    return answer;
  }
  return way;
}
