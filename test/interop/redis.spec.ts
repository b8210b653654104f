import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { bodyCodec, compileSchema } from 'nest-event-bus/avro';
import { defineEvent, type Event, type ReceivedRecord } from 'nest-event-bus/core';
import { redisCodec } from 'nest-event-bus/redis';
import { stays, until } from 'nest-event-bus/testing';
import { OPENEDX_EVENTS } from 'openedx-events';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hold, isReported, type RedisBench, redisBench, reported } from '../guarantees/redis-bench.js';
import { goldenRecords } from '../support/golden-records.js';
import { ROOT, type RunningProcess, start } from '../support/process.js';
import { runPython } from '../support/python.js';
import { requires } from '../support/requirements.js';

/** An event as Python receives it: its metadata, and the Avro bytes of its data in Base64. */
interface Seen {
  readonly type: string;
  readonly id: string;
  readonly source: string;
  readonly sourcehost: string;
  readonly time: string;
  readonly sourcelib: readonly number[];
  readonly body: string;
}

const TYPES = OPENEDX_EVENTS.map(({ type }) => type);
const DEFINITIONS = new Map(OPENEDX_EVENTS.map((definition) => [definition.type, definition]));
const BODIES = new Map(OPENEDX_EVENTS.map(({ type, schema }) => [type, bodyCodec(type, compileSchema(schema))]));
const LONG = { timeout: 120_000 };

await requires('redis', 'Redis shared with the Python packages', (address) =>
  requires('python-brokers', 'of Open edX', (python) => {
    let bench: RedisBench;
    let samples: readonly Seen[];
    const running: RunningProcess[] = [];

    beforeAll(async () => {
      const answer = await runPython(python, 'event_bytes.py', { types: TYPES, bodies: [] });
      const { written } = JSON.parse(answer) as { written: readonly { type: string; kind: string; body: string }[] };
      samples = written
        .filter(({ kind }) => kind === 'full' || kind === 'mostly null')
        .map(({ type, body }, n) => ({
          type,
          id: randomUUID(),
          source: 'openedx/lms/web',
          sourcehost: 'höst.example.org',
          time: `2026-02-28T12:34:56.${String(n + 1).padStart(6, '0')}+00:00`,
          sourcelib: [10, 5, 0],
          body,
        }));
    });
    beforeEach(async () => (bench = redisBench(await address())));
    afterEach(async () => {
      for (const { child } of running.splice(0)) child.kill('SIGKILL');
      await bench.clear();
    });

    const startPython = (task: object) => {
      const process = start(python, ['-I', '-X', 'utf8', join(ROOT, 'test/interop/python/redis_bus.py')], {
        input: JSON.stringify({ url: bench.url, topic: bench.topic, ...task }),
      });
      running.push(process);
      return process;
    };
    const pythonMember = async ({ checkBacklog = true } = {}) => {
      const member = startPython({
        role: 'consume',
        group: bench.group,
        name: 'python',
        types: TYPES,
        limit: 0,
        checkBacklog,
      });
      await member.says(/"ready"/, 60_000);
      return member;
    };
    const publish = async (events: readonly Seen[], keyField?: string) => {
      const codec = redisCodec({ definitions: OPENEDX_EVENTS, schemas: bench.backend.schemas });
      for (const seen of events) {
        const encoded = await codec.encode(eventOf(seen), keyField, bench.topic);
        await bench.backend.publish([{ topic: bench.topic, ...encoded }]);
      }
    };

    it('has samples of every event type, full and with nulls', () => {
      expect(samples).toHaveLength(64 * 2);
    });

    it('what Python publishes arrives as it was, every event type, full and with nulls', LONG, async () => {
      const producer = startPython({
        role: 'produce',
        events: samples.map(({ type, body, ...metadata }) => ({ type, body, metadata })),
      });
      expect(await producer.ended, producer.lines.slice(-5).join('\n')).toBe(0);
      const records: ReceivedRecord[] = [];
      bench.member('nest', { handle: (record) => Promise.resolve(void records.push(record)) });
      await until(() => records.length === samples.length, {
        withinMs: 20_000,
        what: () => `${samples.length} events; there are ${records.length}`,
      });
      const codec = redisCodec({ definitions: OPENEDX_EVENTS, schemas: bench.backend.schemas });
      expect(await Promise.all(records.map(async (record) => seenOf(await codec.decode(record))))).toEqual(samples);
    });

    it('what is published here arrives in Python as it was, every event type, full and with nulls', LONG, async () => {
      await publish(samples);
      const member = await pythonMember();
      await until(() => eventsOf(member).length === samples.length, {
        withinMs: 60_000,
        what: () =>
          `${samples.length} events; there are ${eventsOf(member).length}: ${member.lines.slice(-3).join('\n')}`,
      });
      expect(eventsOf(member)).toEqual(samples);
    });

    it('a Python member with check_backlog and one of ours share the work of a group', LONG, async () => {
      await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
      const member = await pythonMember();
      const codec = redisCodec({ definitions: OPENEDX_EVENTS });
      const ours: string[] = [];
      bench.member('nest', {
        maxInFlight: 4,
        handle: async (record) => {
          ours.push((await codec.decode(record)).metadata.id);
          await new Promise((resolve) => setTimeout(resolve, 5));
        },
      });
      const events = Array.from({ length: 5 }, () => samples).flatMap((some) =>
        some.map((seen) => ({ ...seen, id: randomUUID() })),
      );
      await publish(events);
      await until(() => ours.length + eventsOf(member).length >= events.length, {
        withinMs: 60_000,
        what: () => `${events.length} events; there are ${ours.length} here and ${eventsOf(member).length} in Python`,
      });
      await until(async () => (await bench.behind()) === 0, { withinMs: 10_000, what: 'all to be settled' });
      const handled = [...ours, ...eventsOf(member).map(({ id }) => id)];
      expect(handled.toSorted()).toEqual(events.map(({ id }) => id).toSorted());
      expect(ours.length).toBeGreaterThan(0);
      expect(eventsOf(member).length).toBeGreaterThan(0);
      await stays(() => bench.reports.length === 0, {
        forMs: 1_500,
        what: () => `no report; there is ${bench.reports[0]?.what ?? ''}`,
      });
    });

    it(
      'a Python member without check_backlog in our group is found out: what it made the group skip is counted',
      LONG,
      async () => {
        await publish(samples.slice(0, 50));
        const member = bench.member('nest', { maxInFlight: 5, handle: hold });
        await until(() => member.handled.length === 5, { withinMs: 5_000, what: 'the first five' });
        await pythonMember({ checkBacklog: false });
        await isReported(bench, /moved the group past entries/);
        expect(reported(bench, /moved the group past entries/)?.get('missed')).toBe(45);
      },
    );
  }),
);

await requires('redis', 'The entries of the Python producer', (address) => {
  describe.each(goldenRecords('redis'))('$name', (golden) => {
    let bench: RedisBench;
    beforeEach(async () => (bench = redisBench(await address())));
    afterEach(() => bench.clear());

    it('is written again byte for byte in the same order, with nothing but fields of ours behind', async () => {
      const definition = defineEvent(golden.schema);
      const codec = redisCodec({ definitions: [definition], schemas: bench.backend.schemas });
      const fields = [...golden.headers, ['event_data', golden.body] as const];
      await bench.client.call('XADD', bench.topic, '*', ...fields.flatMap(([name, value]) => [name, value as Buffer]));
      const [record] = await recordsOf(bench);
      if (record === undefined) throw new Error('the entry is gone');
      await bench.client.del(bench.topic);
      const encoded = await codec.encode(await codec.decode(record), undefined, bench.topic);
      await bench.backend.publish([{ topic: bench.topic, ...encoded }]);
      const [entry] = await bench.client.xrangeBuffer(bench.topic, '-', '+');
      const written = entry?.[1] ?? [];
      expect(written.slice(0, 16).map(String)).toEqual(fields.flatMap(([name, value]) => [name, String(value)]));
      expect(written[15]?.equals(golden.body)).toBe(true);
      expect(written.slice(16).map(String)).toEqual(['schema_fingerprint', expect.stringMatching(/^[0-9a-f]{32}$/)]);
    });
  });
});

async function recordsOf({ backend, topic }: RedisBench): Promise<readonly ReceivedRecord[]> {
  const records: ReceivedRecord[] = [];
  for await (const record of backend.read(topic)) records.push(record);
  return records;
}

function eventOf({ type, body, ...metadata }: Seen): Event {
  const definition = DEFINITIONS.get(type);
  const codec = BODIES.get(type);
  if (definition === undefined || codec === undefined) throw new Error(`there is no event ${type}`);
  return {
    definition,
    metadata: { type, minorversion: 0, ...metadata },
    data: codec.decode(Buffer.from(body, 'base64')),
  };
}

function seenOf({ definition: { type }, metadata, data }: Event): Seen {
  const { id, source = '', sourcehost = '', time = '', sourcelib = [] } = metadata;
  const body = BODIES.get(type)?.encode(data).toString('base64') ?? '';
  return { type, id, source, sourcehost, time, sourcelib, body };
}

function eventsOf({ output }: RunningProcess): readonly Seen[] {
  return output.filter((line) => line.startsWith('{"type"')).map((line) => JSON.parse(line) as Seen);
}
