import { Redis as Client } from 'ioredis';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { redis, type Redis } from '../../tools/servers/index.mjs';
import { type Proxy, proxy } from '../support/faults/proxy.js';
import { requires } from '../support/requirements.js';
import { ids, type RedisBench, redisBench } from './redis-bench.js';

const LONG = { timeout: 60_000 };

await requires('redis', 'Redis: a master that becomes a replica while its connections stay', () => {
  let servers: readonly [Redis, Redis];
  /** Clients without the proxy. */
  let direct: readonly [Client, Client];
  let way: Proxy;
  let bench: RedisBench;
  beforeEach(async () => {
    const config = { 'repl-diskless-sync-delay': '0' };
    servers = [await redis({ config }), await redis({ config })];
    direct = [new Client(servers[0].url), new Client(servers[1].url)];
    await direct[1].replicaof('127.0.0.1', portOf(servers[0]));
    await until(async () => /state=online/.test(await direct[0].info('replication')), {
      withinMs: 20_000,
      what: 'the replica to be there',
    });
    way = await proxy(portOf(servers[0]));
  }, 60_000);
  afterEach(async () => {
    await bench.clear();
    await way.close();
    for (const client of direct) client.disconnect();
    await Promise.all(servers.map((server) => server.clear()));
  }, 60_000);

  for (const isExclusive of [false, true]) {
    const also = isExclusive ? ', in exclusive mode' : '';
    it(`publishing and consuming go on at the new master within seconds${also}`, LONG, async () => {
      bench = redisBench(`redis://127.0.0.1:${way.port}`, { isExclusive });
      const member = bench.member('one');
      const before = ids(20, 'before-');
      for (const id of before) await published(id);
      await until(() => member.handled.length === 20, { withinMs: 10_000, what: 'events at the first master' });
      await until(async () => (await valuesAt(1)).length === 20, { withinMs: 10_000, what: 'the replica to have all' });
      await direct[1].replicaof('NO', 'ONE');
      way.target = portOf(servers[1]);
      await direct[0].replicaof('127.0.0.1', portOf(servers[1]));
      const after = ids(20, 'after-');
      for (const id of after) await published(id);
      await until(() => member.handled.includes('after-20'), {
        withinMs: 10_000,
        what: () => `events at the new master; the member's last error: ${String(member.failures.at(-1))}`,
      });
      // The client did not repeat a refused command.
      expect(await valuesAt(1)).toEqual([...before, ...after]);
    });
  }

  it(
    'a replica that takes writes is not published to; its address is tried until it leads to a master',
    LONG,
    async () => {
      await direct[1].config('SET', 'replica-read-only', 'no');
      way.target = portOf(servers[1]);
      bench = redisBench(`redis://127.0.0.1:${way.port}`);
      await expect(bench.publish(['lost'])).rejects.toThrow(
        /is a replica \(READONLY .*\)\. The client reconnects until this address leads to the master/,
      );
      expect(await valuesAt(1)).toEqual([]);
      way.target = portOf(servers[0]);
      await published('kept');
      expect(await valuesAt(0)).toEqual(['kept']);
    },
  );

  /** Publishes until it is confirmed, like `EventBus.publish`. */
  async function published(id: string): Promise<void> {
    let last: unknown;
    const isTaken = () =>
      bench.publish([id]).then(
        () => true,
        (error: unknown) => {
          last = error;
          return false;
        },
      );
    await until(isTaken, { withinMs: 15_000, what: () => `${id} to be published: ${String(last)}` });
  }

  async function valuesAt(server: 0 | 1): Promise<readonly (string | undefined)[]> {
    const entries = await direct[server].xrange(bench.topic, '-', '+');
    return entries.map(([, fields]) => fields[fields.indexOf('event_data') + 1]);
  }
});

function portOf({ url }: Redis): number {
  return Number(new URL(url).port);
}
