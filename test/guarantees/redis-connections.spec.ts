import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { redis as backendOf, type RedisOptions } from 'nest-event-bus/redis';
import { until } from 'nest-event-bus/testing';
import { afterEach, expect, it } from 'vitest';
import { redis } from '../../tools/servers/index.mjs';
import { requires } from '../support/requirements.js';

await requires('redis', 'Redis: ways to connect', () => {
  const clearing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const clear of clearing.splice(0)) await clear();
  });

  it('goes over TLS with its own CA, as a user with a password', async () => {
    const server = await redis({ tls: true, config: { requirepass: 'sesame open' } });
    clearing.push(() => server.clear());
    const ca = readFileSync(server.caFile ?? '', 'utf8');
    await carries({ url: server.url, client: { tls: { ca } } });
    const refused = backendOf({ url: server.url.replace('sesame', 'wrong'), client: { tls: { ca } } });
    await expect(refused.ping()).rejects.toThrow(/Redis rediss:\/\/:?\**@?127\.0\.0\.1:\d+ .*(WRONGPASS|password)/);
    await refused.close();
  });

  it("takes the URL's parameters: the database, the client's name, and that any certificate is trusted", async () => {
    const server = await redis({ tls: true });
    clearing.push(() => server.clear());
    await expect(carries({ url: server.url })).rejects.toThrow(/certificate/);
    await carries({ url: `${server.url}?db=2&client_name=courses&ssl_cert_reqs=none` });
    const named = backendOf({ url: `${server.url}?db=2&client_name=courses&ssl_cert_reqs=none` });
    clearing.push(() => named.close());
    await named.ping();
    const client = new Redis(server.url, { db: 2, tls: { rejectUnauthorized: false } });
    clearing.push(() => Promise.resolve(client.disconnect()));
    expect(await client.exists('one', 'two')).toBe(2);
    expect(await client.client('LIST')).toMatch(/ name=courses .* db=2 /);
    await client.select(0);
    expect(await client.dbsize()).toBe(0);
  });

  it('refuses what a cluster cannot have', () => {
    const clusterNodes = [{ host: '127.0.0.1', port: 1 }];
    const opened = (path: string, client: Readonly<Record<string, unknown>>) => () =>
      backendOf({ url: `redis://127.0.0.1${path}`, client: { clusterNodes, ...client } });
    const prefix = /^redis: client: keyPrefix bus: was given; .* different slots\. Use EVENT_BUS_TOPIC_PREFIX\.$/;
    expect(opened('', { keyPrefix: 'bus:' })).toThrow(prefix);
    expect(opened('', { redisOptions: { keyPrefix: 'bus:' } })).toThrow(prefix);
    expect(opened('/1', {})).toThrow('redis: url: names a database; a cluster has database 0 alone.');
    expect(opened('?db=1', {})).toThrow('redis: url: names a database; a cluster has database 0 alone.');
  });

  it('works on a cluster', async () => {
    const server = await redis({ config: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' } });
    clearing.push(() => server.clear());
    const { hostname: host, port } = new URL(server.url);
    const client = new Redis(server.url);
    await client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    await until(async () => String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'), {
      withinMs: 10_000,
      what: 'the cluster to be complete',
    });
    client.disconnect();
    await carries({ url: server.url, client: { clusterNodes: [{ host, port: Number(port) }] } });
  });

  it("puts ioredis's prefix before every key", async () => {
    const server = await redis();
    clearing.push(() => server.clear());
    await carries({ url: server.url, client: { keyPrefix: 'bus:' } });
    const client = new Redis(server.url);
    const keys = await client.keys('*');
    client.disconnect();
    expect(keys).toContain('bus:one');
    expect(keys.filter((key) => !key.startsWith('bus:'))).toEqual([]);
  });

  it('publishing waits for as many replicas as are asked for, and says when they are missing', async () => {
    const server = await redis();
    clearing.push(() => server.clear());
    const backend = backendOf({ url: server.url, confirmation: { replicas: 1, onDisk: false, withinMs: 200 } });
    clearing.push(() => backend.close());
    const publish = () => backend.publish([{ topic: 't', key: null, value: Buffer.from('1'), headers: [] }]);
    await expect(publish()).rejects.toThrow(/has the records, but within 200 ms only 0 of 1 replicas confirmed them/);
    const replica = await redis({ config: { replicaof: `127.0.0.1 ${new URL(server.url).port}` } });
    clearing.push(() => replica.clear());
    const confirmed = () =>
      publish().then(
        () => true,
        () => false,
      );
    await until(confirmed, { withinMs: 20_000, what: 'the replica to confirm' });
  });

  it('says which server does not answer, and never the password', async () => {
    const backend = backendOf({ url: 'redis://me:sesame@127.0.0.1:1' });
    await expect(backend.ping()).rejects.toThrow(
      /^Redis redis:\/\/me:\*\*\*@127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/,
    );
    await backend.close();
  });
});

/** Publishes to two topics at once, consumes both, and moves a group. */
async function carries(options: RedisOptions): Promise<void> {
  const backend = backendOf(options);
  try {
    await backend.ping();
    const topics = ['one', 'two'];
    await backend.publish(topics.map((topic) => ({ topic, key: null, value: Buffer.from(topic), headers: [] })));
    for (const topic of topics) {
      for (const round of ['first', 'again']) {
        const stopping = new AbortController();
        const got: string[] = [];
        const subscription = {
          topic,
          group: 'g',
          member: 'm',
          start: 'earliest',
          maxInFlight: 10,
          stopBudgetMs: 1_000,
        } as const;
        const ended = backend.consume(
          subscription,
          (record) =>
            Promise.resolve(void got.push(`${Buffer.from(record.value ?? []).toString()} ${record.isReplay}`)),
          stopping.signal,
        );
        await until(() => got.length === 1, { withinMs: 5_000, what: 'the record' });
        stopping.abort();
        await ended;
        expect(got).toEqual([`${topic} ${round === 'again'}`]);
        expect((await backend.positions(topic, 'g'))[0]?.behind).toBe(0);
        await backend.move(topic, 'g', 'start');
      }
    }
  } finally {
    await backend.close();
  }
}
