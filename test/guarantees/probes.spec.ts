import { join } from 'node:path';
import { until } from 'nest-event-bus/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { kafka, redis, registry as startRegistry } from '../../tools/servers/index.mjs';
import { kafkaEnv, makeTopic } from '../support/kafka.js';
import { callsIn, jsonLines, numbered } from '../support/numbered.js';
import { PROBED, probesOf } from '../support/probes.js';
import { produce } from '../support/records.js';
import { requires } from '../support/requirements.js';
import { type Workbench, workbench } from '../support/workbench.js';

/** For a loaded machine. */
const LONG = { timeout: 60_000 };

let bench: Workbench;
const clearing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await bench.clear();
  for (const clear of clearing.splice(0)) await clear();
});

const consumerName = () => `consumer ${bench.topic} ${bench.group}`;

await requires('redis', 'Redis: the probes of a consumer', () => {
  const redisEnv = (url: string) => ({
    ...PROBED,
    EVENT_BUS_PRODUCER: 'redis',
    EVENT_BUS_CONSUMER: 'redis',
    EVENT_BUS_REDIS_CONNECTION_URL: url,
    EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP: '0.1',
  });

  it(
    'turn /ready red when the server is killed under load, and green when it is back; /live stays green',
    LONG,
    async () => {
      const server = await redis({ config: { appendfsync: 'always' } });
      clearing.push(() => server.clear());
      bench = workbench('probes-redis', redisEnv(server.url));
      const history = join(bench.folder, 'history.jsonl');
      const consumer = bench.consumer('history-consumer', { env: { HISTORY: history, HANDLER_MS: '10' } });
      const probes = await probesOf(consumer);
      await probes.untilIt('/ready', 200);
      const events = numbered(150);
      await produce(bench, jsonLines(events));
      await until(() => callsIn(history).length > 20, { withinMs: 10_000, what: '20 events' });

      await server.kill();
      const isAway = async () => (await probes.ask('/ready')).checks['redis']?.ok === false;
      await until(isAway, { withinMs: 10_000, what: '/ready to name the server' });
      await expect(probes.ask('/ready')).resolves.toMatchObject({ status: 503 });
      await consumer.says(/Backend failed, will try again/);
      await expect(probes.ask('/live')).resolves.toMatchObject({ status: 200 });

      await server.restart();
      await probes.untilIt('/ready', 200);
      const seen = () => new Set(callsIn(history).map(({ id }) => id)).size;
      await until(() => seen() === events.length, { withinMs: 20_000, what: () => `150 events; there are ${seen()}` });
      await expect(consumer.stop()).resolves.toBe(0);
    },
  );

  it('are green on a member that stands by', LONG, async () => {
    const server = await redis();
    clearing.push(() => server.clear());
    bench = workbench('probes-standby', { ...redisEnv(server.url), EVENT_BUS_REDIS_EXCLUSIVE: 'true' });
    const active = await probesOf(bench.consumer('history-consumer'));
    await active.untilIt('/ready', 200);
    const standby = await probesOf(bench.consumer('history-consumer'));
    const { checks } = await standby.untilIt('/ready', 200);
    expect(checks[consumerName()]?.detail).toBe('has joined its group; waits for its share of the topic');
  });
});

await requires('kafka-3.9', 'Kafka: the probes of a consumer', async (startKafka) => {
  await requires('registry', 'and of its registry', (sharedRegistry) => {
    it('say what a start waits for, and turn green when it can join', LONG, async () => {
      // One broker cannot create topics with three copies.
      const [server, registry] = await Promise.all([
        kafka({ config: { 'default.replication.factor': '3' } }),
        sharedRegistry(),
      ]);
      clearing.push(() => server.clear());
      bench = workbench('probes-topic', { ...PROBED, ...kafkaEnv(server.bootstrapServers, registry) });
      const consumer = bench.consumer('history-consumer');
      const probes = await probesOf(consumer);
      await consumer.says(/Backend failed, will try again/);
      await expect(probes.ask('/ready')).resolves.toMatchObject({
        status: 503,
        checks: {
          kafka: { ok: true },
          [consumerName()]: {
            ok: false,
            detail: expect.stringMatching(/^waits for the backend: .*create topic t-probes-topic-/) as string,
          },
        },
      });
      await expect(probes.ask('/live')).resolves.toMatchObject({ status: 200 });
      await makeTopic(server.bootstrapServers, bench.topic, 1, 1);
      await probes.untilIt('/ready', 200);
      await expect(consumer.stop()).resolves.toBe(0);
    });

    it('turn /ready red, name what waits, and turn green when it is back; /live stays green', LONG, async () => {
      const [servers, registry] = await Promise.all([startKafka(), startRegistry()]);
      clearing.push(() => registry.clear());
      bench = workbench('probes-registry', { ...PROBED, ...kafkaEnv(servers, registry.url) });
      await makeTopic(servers, bench.topic, 1);
      await produce(bench, jsonLines(numbered(3)));
      await registry.stop();
      const history = join(bench.folder, 'history.jsonl');
      const consumer = bench.consumer('history-consumer', { env: { HISTORY: history } });
      const probes = await probesOf(consumer);
      await consumer.says(/Could not read the record, will try again/);
      const { checks } = await probes.untilIt('/ready', 503);
      expect(checks).toMatchObject({
        kafka: { ok: true },
        registry: { ok: false },
        [consumerName()]: {
          ok: false,
          detail: expect.stringMatching(/^1 event\(s\) wait: could not read the record: /) as string,
        },
      });
      await expect(probes.ask('/live')).resolves.toMatchObject({ status: 200 });
      await registry.restart();
      await probes.untilIt('/ready', 200);
      await until(() => callsIn(history).length === 3, { withinMs: 20_000, what: 'three events' });
      await expect(consumer.stop()).resolves.toBe(0);
    });
  });
});

describe('Embedded: the probes of a consumer', () => {
  it('say not ready from SIGTERM on, under load, and every event in hand is settled', LONG, async () => {
    bench = workbench('probes-load', PROBED);
    const history = join(bench.folder, 'history.jsonl');
    await produce(bench, jsonLines(numbered(200)));
    const env = { HISTORY: history, HANDLER_MS: '400' };
    const consumer = bench.consumer('history-consumer', { env });
    const probes = await probesOf(consumer);
    await probes.untilIt('/ready', 200);
    await until(() => callsIn(history).length > 0, { withinMs: 10_000, what: 'a handler' });
    const before = callsIn(history).length;
    const ended = consumer.stop();
    await expect(probes.untilIt('/ready', 503)).resolves.toMatchObject({
      checks: { application: { ok: false, detail: 'stops' } },
    });
    await expect(ended).resolves.toBe(0);
    expect(callsIn(history).length).toBeLessThanOrEqual(before + 1);
    const lag = bench.cli(['lag', '--topic', bench.topic, '--group', bench.group, '--json']);
    await expect(lag.ended).resolves.toBe(0);
    expect(lag.output.join('')).toContain(`${200 - callsIn(history).length}`);
  });
});
