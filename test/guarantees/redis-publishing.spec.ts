import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { redis as backendOf, type RedisBackend, type RedisOptions } from 'nest-event-bus/redis';
import { until } from 'nest-event-bus/testing';
import { afterEach, expect, it } from 'vitest';
import { redis } from '../../tools/servers/index.mjs';
import { requires } from '../support/requirements.js';
import { outgoing } from './redis-bench.js';

await requires('redis', 'Redis: a topic that cannot be published to', (address) => {
  const clearing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const clear of clearing.splice(0).toReversed()) await clear();
  });
  const clientOf = (url: string) => {
    const client = new Redis(url);
    clearing.push(() => client.disconnect());
    return client;
  };
  const open = (options: RedisOptions) => {
    const backend = backendOf(options);
    clearing.push(() => backend.close());
    return backend;
  };

  it.each([
    ['one request', {}],
    ['a request that waits for the disk', { confirmation: { replicas: 0, onDisk: false, withinMs: 1_000 } }],
  ])('fails its own records alone when its key is no stream, in %s', async (_, options) => {
    const url = await address();
    const client = clientOf(url);
    const [good, bad] = topics();
    await client.set(bad, 'no stream');
    await failsAlone(
      open({ url, ...options }),
      { client, good, bad },
      /has a key of another type with the name of a topic/,
    );
  });

  it('fails its own records alone when the user has no right to its key', async () => {
    const url = await address();
    const client = clientOf(url);
    const [good, bad] = topics();
    const limited = new URL(url);
    limited.username = `user-${good}`;
    limited.password = 'sesame';
    await client.call('ACL', 'SETUSER', limited.username, 'on', '>sesame', `~${good}`, '+@all');
    clearing.push(() => client.call('ACL', 'DELUSER', limited.username));
    const backend = open({ url: limited.toString() });
    await failsAlone(backend, { client, good, bad }, /refuses a command to this user/);
  });

  it('fails its own records alone on a cluster', async () => {
    const server = await redis({ config: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' } });
    clearing.push(() => server.clear());
    const { hostname: host, port } = new URL(server.url);
    const client = clientOf(server.url);
    await client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    await until(async () => String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'), {
      withinMs: 10_000,
      what: 'the cluster to be complete',
    });
    const [good, bad] = topics();
    await client.set(bad, 'no stream');
    const backend = open({ url: server.url, client: { clusterNodes: [{ host, port: Number(port) }] } });
    await failsAlone(backend, { client, good, bad }, /has a key of another type with the name of a topic/);
  });
});

interface Place {
  readonly client: Redis;
  readonly good: string;
  readonly bad: string;
}

/** Publishes to both topics at the same time, so that they share a request. Counts the entries in the stream. */
async function failsAlone(backend: RedisBackend, { client, good, bad }: Place, words: RegExp): Promise<void> {
  for (let round = 1; round <= 3; round += 1) {
    const calls = [bad, good, bad, good].map((topic, n) => backend.publish([outgoing(topic, `${round}-${n}`, 'k')]));
    const [first, second, third, fourth] = await Promise.allSettled(calls);
    for (const refused of [first, third])
      expect(refused).toMatchObject({
        status: 'rejected',
        reason: { message: expect.stringMatching(words) as string },
      });
    const last = (await client.xrevrange(good, '+', '-', 'COUNT', 2)).map(([id]) => id).toReversed();
    expect([second, fourth]).toEqual(last.map((id) => ({ status: 'fulfilled', value: [id] })));
    expect(await client.xlen(good)).toBe(round * 2);
  }
  const several = backend.publish([
    outgoing(good, 'before', 'k'),
    outgoing(bad, '', 'k'),
    outgoing(good, 'behind', 'k'),
  ]);
  await expect(several).rejects.toThrow(words);
  expect(await client.xlen(good)).toBe(8);
}

function topics(): readonly [good: string, bad: string] {
  const tail = randomBytes(4).toString('hex');
  return [`good-${tail}`, `bad-${tail}`];
}
