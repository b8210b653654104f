import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Assignment, kafka } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { makeTopic } from '../support/kafka.js';
import { ROOT } from '../support/process.js';
import { requires } from '../support/requirements.js';

const PARTITIONS = 6;
const WITHIN = { withinMs: 40_000 };

await requires('python-brokers', 'Members with librdkafka', (python) =>
  requires('kafka-3.9', 'and Kafka', (startKafka) => {
    describe.each(['range', 'cooperative-sticky'] as const)('a group that divides by %s', (assignment) => {
      const ends: (() => Promise<unknown>)[] = [];
      afterEach(async () => {
        await Promise.all(ends.splice(0).map((end) => end()));
      });

      it(
        'has members of ours and of librdkafka, and each event goes to one of them',
        { timeout: 180_000 },
        async () => {
          const servers = await startKafka();
          const topic = `group-${assignment}-${randomBytes(4).toString('hex')}`;
          await makeTopic(servers, topic, PARTITIONS);
          const handled: string[] = [];
          const start = () => {
            const member = ourMember({ servers, topic, assignment }, (value) => handled.push(value));
            ends.push(member.stop);
            return member;
          };
          const publisher = kafka({ brokers: servers.split(',') });
          ends.push(() => publisher.close());
          const published: string[] = [];
          const publish = async (count: number) => {
            const values = Array.from({ length: count }, (_, n) => `${published.length + n}`);
            published.push(...values);
            await publisher.publish(
              values.map((value) => ({ topic, key: Buffer.from(value), value: Buffer.from(value), headers: [] })),
            );
          };
          await publisher.createGroup(topic, 'g', 'earliest');
          const first = start();
          await publish(60);
          await until(() => new Set(first.partitions()).size === PARTITIONS, { ...WITHIN, what: 'the first member' });
          const other = pythonMember(python, { servers, topic, assignment, group: 'g' });
          ends.push(other.stop);
          await until(() => other.partitions().length === 3, {
            ...WITHIN,
            what: 'half of the partitions for librdkafka',
          });
          first.forget();
          await publish(120);
          await until(() => handled.length + other.handled.length === 180, { ...WITHIN, what: 'all of the events' });
          start();
          await until(() => other.partitions().length === 2, {
            ...WITHIN,
            what: 'a third of the partitions for librdkafka',
          });
          if (assignment === 'cooperative-sticky') expect(other.revoked.flat()).toHaveLength(1);
          await publish(120);
          await until(() => new Set([...handled, ...other.handled]).size === 300, {
            ...WITHIN,
            what: 'events of three members',
          });
          await first.stop();
          await until(() => other.partitions().length === 3, { ...WITHIN, what: 'half for librdkafka again' });
          await publish(120);
          await until(() => new Set([...handled, ...other.handled]).size === 420, {
            ...WITHIN,
            what: 'events after one left',
          });
          expect([...handled, ...other.handled].toSorted(byNumber)).toEqual(published);
        },
      );
    });
  }),
);

const byNumber = (one: string, other: string) => Number(one) - Number(other);

interface Group {
  readonly servers: string;
  readonly topic: string;
  readonly assignment: Assignment;
}

function ourMember({ servers, topic, assignment }: Group, onHandled: (value: string) => void) {
  const backend = kafka({ brokers: servers.split(','), assignment, sessionTimeoutMs: 6_000 });
  const stop = new AbortController();
  let partitions: number[] = [];
  const consuming = backend.consume(
    { topic, group: 'g', member: 'ours', start: 'earliest', maxInFlight: 10, stopBudgetMs: 5_000 },
    ({ partition, value }) => {
      partitions.push(partition);
      onHandled(Buffer.from(value ?? []).toString());
      return Promise.resolve();
    },
    stop.signal,
  );
  return {
    partitions: () => partitions,
    forget: () => (partitions = []),
    stop: async () => {
      stop.abort();
      await consuming;
      await backend.close();
    },
  };
}

function pythonMember(python: string, settings: Group & { readonly group: string }) {
  const child: ChildProcess = spawn(python, ['-I', join(ROOT, 'test/interop/python/group_member.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const held = new Set<number>();
  const handled: string[] = [];
  const revoked: (readonly number[])[] = [];
  if (child.stdout !== null)
    createInterface(child.stdout).on('line', (line) => {
      const told = JSON.parse(line) as Partial<Record<'assigned' | 'revoked', number[]>> & {
        readonly handled?: string;
      };
      for (const each of told.assigned ?? []) held.add(each);
      for (const each of told.revoked ?? []) held.delete(each);
      if (told.revoked !== undefined) revoked.push(told.revoked);
      if (told.handled !== undefined) handled.push(told.handled);
    });
  child.stdin?.write(`${JSON.stringify(settings)}\n`);
  return {
    handled,
    revoked,
    partitions: () => [...held],
    stop: () => {
      child.stdin?.end();
      return ended;
    },
  };
}
