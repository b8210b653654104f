import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { newMetadata, type OutgoingRecord } from 'nest-event-bus/core';
import { confluentCodec, kafka, schemaRegistry } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Registry, registry as startRegistry } from '../../tools/servers/index.mjs';
import { NUMBERED } from '../apps/src/events.js';
import { kafkaEnv, makeTopic } from '../support/kafka.js';
import { callsIn } from '../support/numbered.js';
import { deadLettersOf } from '../support/records.js';
import { requires } from '../support/requirements.js';
import { type Workbench, workbench } from '../support/workbench.js';

const GOOD = 10_000;
const MALFORMED = 1_000;
const AWAY_MS = 20_000;

await requires('kafka-3.9', 'A schema registry that is away', async (startKafka) => {
  await requires('registry', 'and malformed records', () => {
    let servers: string;
    let registry: Registry;
    let bench: Workbench;

    beforeAll(async () => {
      // A registry of its own, because the shared one must not be stopped.
      [servers, registry] = await Promise.all([startKafka(), startRegistry()]);
    }, 120_000);
    afterAll(() => registry.clear());
    beforeEach(() => (bench = workbench('registry-away', kafkaEnv(servers, registry.url))));
    afterEach(() => bench.clear());

    it('cost no event, and every malformed record is set aside byte for byte', { timeout: 180_000 }, async () => {
      const history = join(bench.folder, 'history.jsonl');
      const backend = kafka({ brokers: servers.split(',') });
      await makeTopic(servers, bench.topic, 6);
      const { records, malformed } = await makeRecords(bench.topic, registry.url);
      for (let n = 0; n < records.length; n += 500) await backend.publish(records.slice(n, n + 500));

      await registry.stop();
      const consumer = bench.consumer('history-consumer', { env: { HISTORY: history } });
      await consumer.says(/Could not read the record, will try again: .*does not answer/);
      await pass(AWAY_MS);
      expect(callsIn(history)).toHaveLength(0);
      await registry.restart();
      await until(() => callsIn(history).length >= GOOD, {
        withinMs: 90_000,
        what: () => `${GOOD} events; there are ${callsIn(history).length}`,
      });
      const deadLetters = async () => {
        const found: string[] = [];
        for await (const record of backend.read(deadLettersOf(bench))) found.push(bytesOf(record));
        return found.toSorted();
      };
      await until(async () => (await deadLetters()).length >= MALFORMED, {
        withinMs: 60_000,
        what: 'the dead letters',
      });
      await expect(consumer.stop()).resolves.toBe(0);
      expect(await deadLetters()).toEqual(malformed.map(bytesOf).toSorted());
      expect(new Set(callsIn(history).map(({ id }) => id)).size).toBe(GOOD);
      expect(callsIn(history)).toHaveLength(GOOD);
      await backend.close();
    });
  });
});

type Content = Pick<OutgoingRecord, 'key' | 'value' | 'headers'>;

/** The parts that a dead letter keeps: key, value and the original headers. */
function bytesOf({ key, value, headers }: Content): string {
  const hex = (bytes: Uint8Array | null) => Buffer.from(bytes ?? []).toString('hex');
  const kept = headers.filter(([name]) => !name.startsWith('dead_letter_'));
  return [hex(key), hex(value), ...kept.map(([name, bytes]) => `${name}=${hex(bytes)}`)].join(' ');
}

async function makeRecords(
  topic: string,
  url: string,
): Promise<{ readonly records: readonly OutgoingRecord[]; readonly malformed: readonly OutgoingRecord[] }> {
  const codec = confluentCodec({ definitions: [NUMBERED], registry: schemaRegistry({ url }) });
  const good = async (n: number): Promise<OutgoingRecord> => {
    const metadata = { ...newMetadata({ type: NUMBERED.type, minorversion: 0, service: 'test' }), id: randomUUID() };
    const data = { number: { key: `k${n % 50}`, seq: n, note: null } };
    return { topic, ...(await codec.encode({ definition: NUMBERED, metadata, data }, 'number.key', topic)) };
  };
  const records: OutgoingRecord[] = [];
  const malformed: OutgoingRecord[] = [];
  for (let n = 0; n < GOOD; n += 1) {
    records.push(await good(n));
    if (n % (GOOD / MALFORMED) !== 0) continue;
    const made = malform(await good(GOOD + n), malformed.length);
    malformed.push(made);
    records.push(made);
  }
  return { records, malformed };
}

/** In turn: without framing, with wrong framing, truncated, with an unknown schema id, and without an event id. */
function malform(record: OutgoingRecord, n: number): OutgoingRecord {
  const value = Buffer.from(record.value ?? []);
  switch (n % 5) {
    case 0:
      return { ...record, value: Buffer.from(`{"number": ${n}}`) };
    case 1:
      return { ...record, value: Buffer.from([1, ...value.subarray(1)]) };
    case 2:
      return { ...record, value: value.subarray(0, -2) };
    case 3:
      return { ...record, value: Buffer.from([0, 0x7f, 0xff, 0xff, 0xfe, ...value.subarray(5)]) };
    default:
      return { ...record, headers: record.headers.filter(([name]) => name !== 'ce_id') };
  }
}
