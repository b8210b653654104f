import { randomBytes } from 'node:crypto';
import { compileSchema, usableKeyFields } from 'nest-event-bus/avro';
import { bodyCodec } from 'nest-event-bus/avro';
import {
  type Backend,
  type Event,
  type EventDefinition,
  InvalidEventError,
  newMetadata,
  type ReceivedRecord,
  type RecordCodec,
} from 'nest-event-bus/core';
import { confluentCodec, kafka, schemaRegistry } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { OPENEDX_EVENTS } from 'openedx-events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samples } from '../support/openedx-catalog.js';
import { TEXT_VALUES } from '../support/openedx-values.js';
import { kafkaEnv } from '../support/kafka.js';
import { runPython } from '../support/python.js';
import { requires } from '../support/requirements.js';
import { VALUE_CASES } from '../support/value-cases.js';
import { workbench } from '../support/workbench.js';

/** The namespace of this event has a hyphen. Avro forbids it, and Apicurio refuses the schema. */
const REFUSED = 'org.openedx.enterprise.subsidy.redemption-reversed.v1';

/** An event for Python, and the event that Python reports as received. */
interface Told {
  readonly type: string;
  readonly metadata: Record<string, unknown>;
  readonly body: string;
}

await requires('python-brokers', 'Open edX services on Kafka', async (python) => {
  await requires('kafka-3.9', 'and Kafka', async (startKafka) => {
    await requires('registry', 'and a registry', (startRegistry) => {
      describe.each([
        ['first published by Python', 'python'],
        ['first published by Nest', 'nest'],
      ] as const)('a topic %s', (_, first) => exchanges(first, { python, startKafka, startRegistry }));
    });
  });
});

interface Servers {
  readonly python: string;
  readonly startKafka: () => Promise<string>;
  readonly startRegistry: () => Promise<string>;
}

function exchanges(first: 'python' | 'nest', { python, startKafka, startRegistry }: Servers): void {
  const topic = `interop-${first}-${randomBytes(4).toString('hex')}`;
  const events = allEvents();
  let servers: string;
  let url: string;
  let backend: Backend;
  let codec: RecordCodec;
  let records: readonly ReceivedRecord[];

  beforeAll(async () => {
    [servers, url] = await Promise.all([startKafka(), startRegistry()]);
    backend = kafka({ brokers: servers.split(',') });
    codec = confluentCodec({ definitions: OPENEDX_EVENTS, registry: schemaRegistry({ url }) });
    await backend.createTopic(topic);
    await backend.createGroup(topic, `${topic}-python`, 'earliest');
    for (const service of first === 'python' ? [byPython, byNest] : [byNest, byPython]) await service();
    const read: ReceivedRecord[] = [];
    for await (const record of backend.read(topic)) read.push(record);
    records = read;
  }, 120_000);

  afterAll(() => backend.close());

  async function byNest(): Promise<void> {
    for (const event of events) {
      const encoded = await codec.encode(event, keyFieldOf(event.definition), topic);
      await backend.publish([{ topic, ...encoded }]);
    }
  }

  async function byPython(): Promise<void> {
    const send = events.map((event) => ({
      type: event.metadata.type,
      key_field: keyFieldOf(event.definition),
      metadata: told(event.metadata),
      body: bodyOf(event),
    }));
    await runPython(python, 'kafka_service.py', { servers, registry: url, topic, send });
  }

  it('carries every event type that the registry takes, with all fields and with nulls', () => {
    expect(new Set(events.map(({ metadata }) => metadata.type)).size).toBe(OPENEDX_EVENTS.length - 1);
    expect(records).toHaveLength(2 * events.length);
  });

  it('has the same records of both, byte for byte, key, value with schema id and headers, in the same partition', () => {
    for (const { metadata } of events) {
      const [one, other] = records.filter(({ headers }) => text(headers, 'ce_id') === metadata.id);
      expect(one, metadata.type).toBeDefined();
      expect(comparable(one), metadata.type).toEqual(comparable(other));
    }
  });

  it('has one version of each schema', async () => {
    const subjects = (await (await fetch(`${url}/subjects`)).json()) as readonly string[];
    const ours = subjects.filter((subject) => subject.startsWith(`${topic}-`));
    expect(ours.length).toBeGreaterThanOrEqual(63);
    for (const subject of ours.filter((each) => each.endsWith('.CloudEvent'))) {
      const versions = await (await fetch(`${url}/subjects/${subject}/versions`)).json();
      expect(versions, subject).toEqual([1]);
    }
  });

  it("reaches a Nest application's @OnEvent handler: equal data and metadata", { timeout: 60_000 }, async () => {
    const bench = workbench('interop-handler', { ...kafkaEnv(servers, url), EVENT_BUS_EVENTS: 'openedx-events' });
    try {
      const consumer = bench.consumer('every-event', { args: ['-t', topic, '-g', bench.group, '--from', 'earliest'] });
      const handled = () => consumer.output.filter((line) => line.startsWith('HANDLED '));
      await until(() => handled().length >= records.length, {
        withinMs: 40_000,
        what: () => `all events; there are ${handled().length}`,
      });
      await expect(consumer.stop()).resolves.toBe(0);
      const expected = events.map(({ definition, metadata, ...event }) => {
        const data = bodyCodecOf(definition).decode(Buffer.from(bodyOf({ definition, metadata, ...event }), 'base64'));
        return JSON.stringify({ metadata, data }, (_, value: unknown) =>
          typeof value === 'bigint' ? `${value}n` : value,
        );
      });
      expect(
        handled()
          .map((line) => line.slice('HANDLED '.length))
          .toSorted(),
      ).toEqual([...expected, ...expected].toSorted());
    } finally {
      await bench.clear();
    }
  });

  it('is read by Nest: equal data and metadata', async () => {
    const received: Event[] = [];
    const stop = new AbortController();
    const subscription = {
      topic,
      group: `${topic}-nest`,
      member: 'nest',
      start: 'earliest',
      maxInFlight: 50,
      stopBudgetMs: 5_000,
    } as const;
    const consuming = backend.consume(
      subscription,
      async (record) => void received.push(await codec.decode(record)),
      stop.signal,
    );
    await until(() => received.length === records.length, { withinMs: 30_000, what: 'all events' });
    stop.abort();
    await consuming;
    for (const event of events) {
      const same = received.filter(({ metadata }) => metadata.id === event.metadata.id);
      expect(same).toHaveLength(2);
      for (const { metadata, data } of same) {
        expect(metadata).toEqual(event.metadata);
        expect(data).toEqual(bodyCodecOf(event.definition).decode(Buffer.from(bodyOf(event), 'base64')));
      }
    }
  });

  it('is read by Python: equal data and metadata', async () => {
    const answer = await runPython(python, 'kafka_service.py', {
      servers,
      registry: url,
      topic,
      group: `${topic}-python`,
      receive: records.length,
    });
    const received = JSON.parse(answer) as readonly Told[];
    expect(received).toHaveLength(records.length);
    for (const event of events) {
      const same = received.filter(({ metadata }) => metadata['id'] === event.metadata.id);
      const expected = { type: event.metadata.type, metadata: told(event.metadata), body: bodyOf(event) };
      expect(same).toEqual([expected, expected]);
    }
  }, 120_000);

  it('is refused a schema by the registry with its own words', async () => {
    const definition = OPENEDX_EVENTS.find(({ type }) => type === REFUSED) as EventDefinition;
    const { data } = samples({ values: valueOf, optionalFields: true }).find(({ type }) => type === REFUSED) ?? {};
    const event = { definition, data, metadata: newMetadata({ type: REFUSED, minorversion: 0 }) };
    const refusal = Promise.resolve(codec.encode(event, undefined, topic));
    await expect(refusal).rejects.toThrow(InvalidEventError);
    await expect(refusal).rejects.toThrow(
      /answered 4\d\d "[^"]+" when asked to register subject .*redemption-reversed/s,
    );
  });
}

function allEvents(): readonly Event[] {
  return [true, false].flatMap((optionalFields) =>
    samples({ values: valueOf, optionalFields })
      .filter(({ type }) => type !== REFUSED)
      .map(({ type, data }) => {
        const definition = OPENEDX_EVENTS.find((each) => each.type === type) as EventDefinition;
        return { definition, data, metadata: newMetadata({ type, minorversion: 0, service: 'größe' }) };
      }),
  );
}

/** A value that a Python reader keeps unchanged and does not treat as missing. */
function valueOf(declared: string): unknown {
  const helpers = TEXT_VALUES[declared];
  if (helpers !== undefined) return helpers.of(VALUE_CASES[declared as keyof typeof VALUE_CASES][0]);
  const value = PLAIN_VALUES[declared];
  if (value === undefined) throw new Error(`there is no sample of the type ${declared}`);
  return value;
}

const PLAIN_VALUES: Readonly<Record<string, unknown>> = {
  str: 'Zoë 😀 "q"',
  int: 2n ** 63n - 1n,
  float: 0.1,
  bool: true,
  'list[int]': [1, -65, 2n ** 53n],
  'list[str]': ['a', 'ü'],
  'dict[str, str]': { b: '1', 10: '2', 9: '3', '～': '4', '😀': '5' },
};

function keyFieldOf({ schema, keyField }: EventDefinition): string {
  const found = keyField ?? usableKeyFields(compileSchema(schema))[0];
  if (found === undefined) throw new Error('the event has no field that may be its key');
  return found;
}

function bodyCodecOf({ type, schema }: EventDefinition) {
  return bodyCodec(type, compileSchema(schema));
}

function bodyOf({ definition, data }: Event): string {
  return bodyCodecOf(definition).encode(data).toString('base64');
}

/** The metadata in the JSON form of Python. */
function told({ type, ...others }: Event['metadata']): Record<string, unknown> {
  return { event_type: type, ...others };
}

function comparable(record: ReceivedRecord | undefined): unknown {
  const hex = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('hex');
  return {
    partition: record?.partition,
    key: hex(record?.key),
    value: hex(record?.value),
    headers: record?.headers.map(([name, value]) => [name, Buffer.from(value ?? []).toString()]),
  };
}

function text(headers: ReceivedRecord['headers'], name: string): string | undefined {
  const value = headers.find((header) => header[0] === name)?.[1];
  return value === undefined || value === null ? undefined : Buffer.from(value).toString();
}
