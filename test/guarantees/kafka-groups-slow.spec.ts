import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';
import { kafka } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeTopic } from '../support/kafka.js';
import { type MemberOptions, startMember } from '../support/kafka-member.js';
import { latch } from '../support/latch.js';
import { ROOT } from '../support/process.js';
import { requires } from '../support/requirements.js';

const WITHIN = { withinMs: 30_000 };

// These tests wait for sessions and metadata most of the time, so they run side by side.
for (const server of ['kafka-3.9', 'kafka-4.1'] as const) {
  await requires(server, `A group on Kafka ${server.slice(6)}`, (startKafka) => {
    let brokers: readonly string[];
    let admin: Admin;

    beforeAll(async () => {
      brokers = (await startKafka()).split(',');
      admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
      await admin.connect();
    });
    afterAll(() => admin.disconnect());

    /** A topic and a group of one test. */
    const open = () => {
      const topic = `groups-${randomBytes(4).toString('hex')}`;
      const group = `of-${topic}`;
      const publisher = kafka({ brokers });
      const ends: (() => Promise<unknown>)[] = [];
      return {
        topic,
        group,
        publisher,
        publish: (...values: readonly string[]) =>
          publisher.publish(
            values.map((value) => ({ topic, key: Buffer.from(value), value: Buffer.from(value), headers: [] })),
          ),
        start: (options: Partial<MemberOptions> = {}) => {
          const member = startMember({ brokers, topic, group, ...options });
          ends.push(member.stop);
          return member;
        },
        async [Symbol.asyncDispose]() {
          await Promise.all(ends.map((end) => end()));
          await publisher.close();
        },
      };
    };

    it.concurrent(
      'whose topic changes consumes partitions that are added from their beginning, within half a minute',
      { timeout: 90_000 },
      async () => {
        await using site = open();
        await makeTopic(brokers.join(','), site.topic, 1);
        const member = site.start({ start: 'latest' });
        await until(() => member.isAssigned(), { ...WITHIN, what: 'the member' });
        await site.publish('before');
        await until(() => member.values.length === 1, { ...WITHIN, what: 'the first event' });
        await admin.createPartitions({ topicPartitions: [{ topic: site.topic, count: 3 }] });
        const producer = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).producer();
        await producer.connect();
        const send = () =>
          producer
            .send({ topic: site.topic, messages: [1, 2].map((partition) => ({ partition, value: `in ${partition}` })) })
            .then(
              () => true,
              () => false,
            );
        await until(send, { ...WITHIN, what: 'the added partitions' });
        await producer.disconnect();
        await until(() => ['in 1', 'in 2'].every((each) => member.values.includes(each)), {
          withinMs: 30_000,
          what: 'the events in added partitions',
        });
      },
    );

    it.concurrent(
      'whose topic changes neither makes a topic again that is gone, nor gives up: it says so and goes on when it is there',
      { timeout: 90_000 },
      async () => {
        await using site = open();
        await makeTopic(brokers.join(','), site.topic, 2);
        const member = site.start();
        await site.publish('before');
        await until(() => member.values.length === 1, { ...WITHIN, what: 'the first event' });
        await admin.deleteTopics({ topics: [site.topic] });
        await until(() => member.said('The topic no longer exists').length === 1, { ...WITHIN, what: 'the report' });
        expect(await admin.listTopics()).not.toContain(site.topic);
        await makeTopic(brokers.join(','), site.topic, 2);
        await until(
          () =>
            site.publish('after').then(
              () => true,
              () => false,
            ),
          { ...WITHIN, what: 'the event to be published' },
        );
        await until(() => member.values.includes('after'), { ...WITHIN, what: 'the event after' });
        await until(() => member.said('exists again').length === 1, { ...WITHIN, what: 'the good news' });
        expect(member.failures).toEqual([]);
      },
    );

    it.concurrent(
      'whose members give back slowly waits for them, however long, also with members that are quicker',
      { timeout: 90_000 },
      async () => {
        await using site = open();
        await makeTopic(brokers.join(','), site.topic, 2);
        const gate = latch();
        const slow = site.start({
          stopBudgetMs: 60_000,
          handle: (value) => (value === 'slow' ? gate.opened : Promise.resolve()),
        });
        await until(() => slow.assignments > 0, { ...WITHIN, what: 'the first member' });
        await site.publish('slow');
        await until(() => slow.partitions.size > 0, { ...WITHIN, what: 'the event in hand' });
        // By its own budget and session, it would give up a join after 16 s.
        const quick = site.start({ stopBudgetMs: 1_000 });
        await pass(25_000);
        expect(quick.failures).toEqual([]);
        expect(quick.assignments).toBe(0);
        gate.open();
        await until(() => quick.assignments > 0, { withinMs: 10_000, what: 'the second member' });
        expect([slow.assignments, quick.assignments]).toEqual([2, 1]);
        expect(slow.values).toEqual(['slow']);
        expect([...slow.failures, ...quick.failures]).toEqual([]);
      },
    );

    it.concurrent('whose members give back slowly divides once for one that joins', { timeout: 60_000 }, async () => {
      await using site = open();
      await makeTopic(brokers.join(','), site.topic, 3);
      const gate = latch();
      const first = site.start({ stopBudgetMs: 30_000, handle: () => gate.opened });
      await until(() => first.assignments > 0, { ...WITHIN, what: 'the first member' });
      await site.publish('in hand');
      await until(() => first.partitions.size > 0, { ...WITHIN, what: 'the event in hand' });
      const second = site.start();
      // Meanwhile several heartbeats report the rebalance.
      await pass(8_000);
      gate.open();
      await until(() => second.assignments > 0, { ...WITHIN, what: 'the second member' });
      // An unnecessary round would start with the next heartbeat.
      await pass(5_000);
      expect([first.assignments, second.assignments]).toEqual([2, 1]);
    });

    it.concurrent.each([1, 5])(
      'in which a record ends the processes that get it counts it for that record alone, of %d in hand',
      { timeout: 120_000 },
      async (maxInFlight) => {
        await using site = open();
        await makeTopic(brokers.join(','), site.topic, 1);
        await site.publisher.createGroup(site.topic, site.group, 'earliest');
        await site.publish('a', 'b', 'deadly', 'c', 'd');
        const deaths: (readonly string[])[] = [];
        for (let n = 0; n < 6; n += 1)
          deaths.push(await diesOf({ brokers, topic: site.topic, group: site.group, maxInFlight }));
        // Once the record is suspected, it is handed over alone.
        expect(deaths.at(-1)).toEqual([expect.stringMatching(/^deadly [2-9]$/)]);
        const member = site.start();
        await until(() => ['deadly', 'c', 'd'].every((each) => member.values.includes(each)), {
          ...WITHIN,
          what: 'the rest',
        });
        expect([...member.abandoned.keys()]).toEqual(['deadly']);
        expect(member.abandoned.get('deadly')).toBeGreaterThanOrEqual(3);
        await member.stop();
        await site.publish('e');
        const next = site.start();
        await until(() => next.values.includes('e'), { ...WITHIN, what: 'the last' });
        expect(next.abandoned).toEqual(new Map());
      },
    );
  });
}

/** The output of a member until it killed itself. */
function diesOf(asked: object): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const script = join(ROOT, 'test/support/dying-member.mjs');
    execFile(process.execPath, [script, JSON.stringify(asked)], { timeout: 60_000 }, (error, stdout, stderr) => {
      if (error?.signal === 'SIGKILL' && !error.killed) resolve(stdout.trim().split('\n'));
      else reject(new Error(`the member did not kill itself: ${stderr}`));
    });
  });
}
