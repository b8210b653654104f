import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificates, type Kafka, type Registry, registry as startRegistry } from '../../tools/servers/index.mjs';
import { NUMBERED } from '../apps/src/events.js';
import { allowToRead, kafkaEnv, makeTopic } from '../support/kafka.js';
import { requires } from '../support/requirements.js';
import { type Workbench, workbench } from '../support/workbench.js';

interface Finding {
  readonly level: string;
  readonly subject: string;
  readonly what: string;
}

const EVE = { name: 'eve', password: 'eve-passw0rd' };

await requires('kafka-secured', 'event-bus doctor with Kafka', (startKafka) =>
  requires('registry', 'and a registry', () => {
    let bench: Workbench;
    let kafka: Kafka;
    let registry: Registry;
    let folder: string;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'event-bus-doctor-'));
      const security = { certificates: await certificates(folder), users: [EVE] };
      const config = { 'auto.create.topics.enable': 'true', 'offsets.retention.minutes': 60 };
      [kafka, registry] = await Promise.all([startKafka({ security, config }), startRegistry()]);
    }, 120_000);
    afterAll(async () => {
      await Promise.all([kafka.clear(), registry.clear()]);
      rmSync(folder, { recursive: true });
    });
    beforeEach(async () => {
      bench = workbench('doctor');
      await makeTopic(kafka.bootstrapServers, bench.topic, 2);
    }, 30_000);
    afterEach(() => bench.clear());

    it('finds careless brokers, a topic on one broker and a registry that accepts everything', async () => {
      const accept = (compatibility: string) =>
        fetch(`${registry.url}/config`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ compatibility }),
        });
      expect((await accept('NONE')).status).toBe(200);
      const { code, found } = await examine({
        ...kafkaEnv(kafka.bootstrapServers, registry.url),
        EVENT_BUS_PRODUCER_CONFIG: JSON.stringify({ [NUMBERED.type]: { [bench.topic]: {} } }),
      });
      expect(code, JSON.stringify(found)).toBe(0);
      const named = found.filter(({ level }) => level !== 'ok').map(({ level, what }) => `${level}: ${what}`);
      expect(named).toEqual([
        'note: auto.create.topics.enable is true',
        'warning: offsets.retention.minutes is 60',
        'warning: its replication factor is 1',
        'warning: its compatibility level is NONE',
      ]);
    });

    it('finds missing rights, a wrong password, and a registry that is away', async () => {
      const env = {
        ...kafkaEnv(kafka.secured?.plainSasl ?? '', 'http://127.0.0.1:1'),
        EVENT_BUS_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
        EVENT_BUS_KAFKA_API_KEY: EVE.name,
        EVENT_BUS_KAFKA_API_SECRET: EVE.password,
      };
      const none = await examine(env, ['--topic', bench.topic]);
      expect(none.code).toBe(11);
      expect(none.found.filter(({ level }) => level === 'problem').map(({ subject }) => subject)).toEqual([
        `topic ${bench.topic}`,
        'schema registry',
      ]);
      await allowToRead(kafka.bootstrapServers, bench.topic, EVE.name);
      const reader = await examine(env, ['--topic', bench.topic]);
      expect(reader.found).toContainEqual(expect.objectContaining({ level: 'ok', what: 'this user may read it' }));
      const wrong = await examine({ ...env, EVENT_BUS_KAFKA_API_SECRET: 'n0tthis' });
      expect(wrong.code).toBe(11);
      expect(wrong.text).not.toContain('n0tthis');
      expect(wrong.found.find(({ level }) => level === 'problem')?.what).toMatch(/check EVENT_BUS_KAFKA_API_KEY/);
    });

    async function examine(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
      const doctor = bench.cli(['doctor', '--json', ...args], { env });
      const code = await doctor.ended;
      return {
        code,
        found: doctor.output.map((line) => JSON.parse(line) as Finding),
        text: doctor.lines.join('\n'),
      };
    }
  }),
);
