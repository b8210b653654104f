import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { redis } from 'nest-event-bus/redis';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Exposition, readExposition } from '../support/exposition.js';
import { jsonLines, numbered } from '../support/numbered.js';
import { produce } from '../support/records.js';
import { requires } from '../support/requirements.js';
import { type Workbench, workbench } from '../support/workbench.js';

/** Reads the metrics of an exporter until they are as wanted. */
async function metricsOf(url: string, isWanted: (read: Exposition) => boolean): Promise<Exposition> {
  let read = readExposition('\n');
  const ask = async () => {
    read = readExposition(await (await fetch(url)).text());
    return isWanted(read);
  };
  await until(ask, { withinMs: 15_000, what: () => `other metrics than ${JSON.stringify(read.samples)}` });
  expect(read.problems).toEqual([]);
  return read;
}

const URL_LINE = /Serving metrics: url=(\S+)/;

describe('event-bus exporter', () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('exporter')));
  afterEach(() => bench.clear());

  const exporter = (...args: readonly string[]) =>
    bench.cliProcess(['exporter', '--host', '127.0.0.1', '--port', '0', '--interval', '0.1', ...args]);
  const handle = async (group: string, count: number) => {
    const consumer = bench.cli(['consume', '--topic', bench.topic, '--group', group, '--count', `${count}`]);
    expect(await consumer.ended, consumer.lines.join('\n')).toBe(0);
  };

  it('serves the lag of groups that have no member, and follows it until it is interrupted', async () => {
    const { topic } = bench;
    await produce(bench, jsonLines(numbered(5)));
    await handle('letters', 2);
    await handle('bills', 5);
    const serving = exporter('--topic', topic, '--group', 'letters', '--group', 'bills', '--group', 'nobody');
    const [, url = ''] = await serving.says(URL_LINE);
    const lag = (read: Exposition, group: string) => read.valueOf('event_bus_lag_events', { topic, group });
    const read = await metricsOf(url, (each) => lag(each, 'letters') === 3 && lag(each, 'bills') === 0);
    expect(read.valueOf('event_bus_lag_seconds', { topic, group: 'letters', partition: '0' })).toBeGreaterThan(0);
    expect(read.valueOf('event_bus_lag_seconds', { topic, group: 'bills', partition: '0' })).toBe(0);

    await produce(bench, jsonLines(numbered(4)));
    await metricsOf(url, (each) => lag(each, 'letters') === 7 && lag(each, 'bills') === 4);

    // A group may begin later than its exporter.
    expect(lag(read, 'nobody')).toBeUndefined();
    const failing = (each: Exposition) =>
      (each.valueOf('event_bus_lag_read_failures_total', { topic, group: 'nobody' }) ?? 0) > 1;
    await metricsOf(url, failing);
    expect(serving.lines.filter((line) => line.includes('There is no group nobody'))).toHaveLength(1);
    await handle('nobody', 1);
    await metricsOf(url, (each) => lag(each, 'nobody') === 8);

    await expect(serving.stop()).resolves.toBe(0);
    expect(serving.output).toEqual([]);
  });

  it('answers other paths and methods, and a probe', async () => {
    const serving = exporter('--topic', bench.topic, '--group', 'letters');
    const [, url = ''] = await serving.says(URL_LINE);
    const status = async (path: string, method = 'GET') => (await fetch(new URL(path, url), { method })).status;
    expect(await status('/live')).toBe(200);
    expect(await status('/metrics?x=1')).toBe(200);
    expect(await status('/')).toBe(404);
    expect(await status('/metrics', 'POST')).toBe(405);
    expect((await fetch(url)).headers.get('content-type')).toContain('text/plain; version=0.0.4');
    await expect(serving.stop('SIGINT')).resolves.toBe(0);
  });

  it.each([
    ['a group without a topic', ['--group', 'letters'], /--group letters: name its topic first/],
    ['a port that is none', ['--port', '70000'], /Allowed: a whole number from 0 to 65535/],
    ['an interval that is none', ['--interval', 'often'], /Allowed: a number of seconds from 0.1 to 3600/],
    ['a topic that is no name', ['--topic', 'a b'], /topic/],
    ['an argument', ['letters'], /too many arguments/],
    [
      'an address that is not of this machine',
      ['--topic', 't', '--group', 'g', '--host', '192.0.2.1'],
      /cannot listen/,
    ],
  ])('refuses %s with exit code 2', async (_, args, message) => {
    const refused = bench.cli(['exporter', '--port', '0', ...args]);
    await expect(refused.ended).resolves.toBe(2);
    expect(refused.lines.join('\n')).toMatch(message);
  });

  it('refuses a port that is taken with exit code 2', async () => {
    const other: Server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const refused = bench.cli(['exporter', '--host', '127.0.0.1', '--port', `${port}`, '--topic', 't', '--group', 'g']);
    await expect(refused.ended).resolves.toBe(2);
    expect(refused.lines.join('\n')).toContain(`The exporter cannot listen on 127.0.0.1:${port}`);
    other.close();
  });
});

await requires('redis', 'event-bus exporter on Redis', (address) => {
  it('counts the lag where Redis itself has none, with entries in the hands of nobody and deleted ones', async () => {
    const url = await address();
    const bench = workbench('exporter-redis', {
      EVENT_BUS_PRODUCER: 'redis',
      EVENT_BUS_CONSUMER: 'redis',
      EVENT_BUS_REDIS_CONNECTION_URL: url,
    });
    const { topic, group } = bench;
    const client = new Redis(url);
    const backend = redis({ url });
    try {
      await produce(bench, jsonLines(numbered(10)));
      await backend.createGroup(topic, group, 'earliest');
      // A member that has vanished: 4 entries are pending, and the server counts only the other 6.
      const taken = (await client.xreadgroup('GROUP', group, 'gone', 'COUNT', 4, 'STREAMS', topic, '>')) as [
        string,
        [string, string[]][],
      ][];
      const ids = taken[0]?.[1].map(([id]) => id) ?? [];
      await client.xgroup('SETID', topic, group, ids[3] ?? '');
      const [[next] = []] = await client.xrange(topic, `(${ids[3]}`, '+', 'COUNT', 1);
      await client.xdel(topic, next ?? '');
      expect(await serverLag(client, topic)).toBeNull();
      const serving = bench.cliProcess([
        'exporter',
        '--host',
        '127.0.0.1',
        '--port',
        '0',
        '--topic',
        topic,
        '--group',
        group,
      ]);
      const [, metrics = ''] = await serving.says(URL_LINE);
      await metricsOf(metrics, (read) => read.valueOf('event_bus_lag_events', { topic, group }) === 9);
      await expect(serving.stop()).resolves.toBe(0);
    } finally {
      client.disconnect();
      await backend.close();
      await bench.clear();
    }
  });
});

async function serverLag(client: Redis, topic: string): Promise<unknown> {
  const [group] = (await client.xinfo('GROUPS', topic)) as unknown[][];
  return group?.[group.indexOf('lag') + 1];
}
