import { Redis } from 'ioredis';
import { stays, until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { redis } from '../../tools/servers/index.mjs';
import { requires } from '../support/requirements.js';
import { hold, isReported, outgoing, type RedisBench, redisBench, reported } from './redis-bench.js';

const LONG = { timeout: 60_000 };
const TEN_KB = 'x'.repeat(10_000);
const FULL = /^Redis is full/;

await requires('redis', 'Redis: a server that is full (maxmemory, noeviction)', () => {
  let server: Awaited<ReturnType<typeof redis>>;
  let client: Redis;
  let bench: RedisBench;
  beforeEach(async () => {
    server = await redis({ appendonly: false, config: { maxmemory: '30mb' } });
    client = new Redis(server.url);
  });
  afterEach(async () => {
    await bench.clear();
    client.disconnect();
    await server.clear();
  });

  /** Publishes entries of 10 kB until the server refuses some. Resolves with the number of accepted entries. */
  async function fill(): Promise<number> {
    for (let taken = 0; ;) {
      const calls = Array.from({ length: 100 }, (_, n) => bench.backend.publish([letter(String(taken + n))]));
      const results = await Promise.allSettled(calls);
      const more = results.filter(({ status }) => status === 'fulfilled').length;
      taken += more;
      if (more === calls.length) continue;
      // A lower limit keeps the server full, although the memory for connections varies.
      await client.config('SET', 'maxmemory', '25mb');
      return taken;
    }
  }
  const letter = (id: string) => outgoing(bench.topic, `${id} ${TEN_KB}`, 'k');
  const isTaken = () =>
    bench.publish(['after']).then(
      () => true,
      () => false,
    );

  it.each([['members that share the work', false] as const, ['an exclusive member', true] as const])(
    'is drained by %s that come when it is full, and trimmed; publishing recovers by itself',
    LONG,
    async (_, isExclusive) => {
      bench = redisBench(server.url, { retentionMs: 1_000, isExclusive });
      await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
      const count = await fill();
      expect(count).toBeGreaterThan(2_000);
      await expect(bench.backend.publish([letter('refused')])).rejects.toThrow(/has no memory left/);
      await isReported(bench, FULL);
      const full = reported(bench, FULL);
      expect(bench.reports.find(({ what }) => FULL.test(what))?.level).toBe('error');
      expect(full?.get('max_bytes')).toBe(30 * 1024 * 1024);
      expect(Number(full?.get('used_bytes'))).toBeGreaterThan(29 * 1024 * 1024);
      expect(full?.get('policy')).toBe('noeviction');
      const backend = bench.open({ observe: () => undefined });
      const members = ['one', 'two'].map((name) => bench.member(name, { backend }));
      const handled = () => new Set(members.flatMap((member) => member.handled)).size;
      await until(() => handled() >= count, { withinMs: 30_000, what: () => `all of ${count}; ${handled()} came` });
      await until(isTaken, { withinMs: 10_000, what: 'publishing to recover' });
      // Counted by the server. The last node of the stream and the newest entries remain.
      await until(async () => (await client.xlen(bench.topic)) < 10, { withinMs: 10_000, what: 'old entries to go' });
      expect(members.flatMap(({ failures }) => failures)).toEqual([]);
      await until(() => members.some((member) => member.handled.includes('after')), {
        withinMs: 5_000,
        what: 'what was published afterwards',
      });
      await until(async () => (await isTaken()) && reported(bench, /^Redis has memory again/) !== undefined, {
        withinMs: 15_000,
        what: 'the report that there is room',
      });
      expect(reported(bench, /^Redis has memory again/)?.get('refused')).toBeGreaterThan(1);
      expect(bench.reports.filter(({ what }) => FULL.test(what))).toHaveLength(1);
    },
  );

  it('lets members renew, take over, leave, and groups be made, made again and moved', LONG, async () => {
    bench = redisBench(server.url, { claimMs: 600 });
    await fill();
    // Nothing can be removed here, because no retention is set.
    const length = await client.xlen(bench.topic);
    const first = bench.member('first', { handle: hold, maxInFlight: 5 });
    await until(() => first.handled.length === 5, { withinMs: 10_000, what: 'five in hand' });
    await stays(() => first.handled.length === 5, { forMs: 1_500, what: 'they are kept beyond the claim time' });
    // A vanished member, whose entries are not renewed.
    await client.xreadgroup('GROUP', bench.group, 'dead', 'COUNT', 5, 'STREAMS', bench.topic, '>');
    await first.stop();
    const second = bench.member('second', { maxInFlight: 50 });
    await until(() => second.handled.length >= length, { withinMs: 30_000, what: 'all, also of the dead member' });
    await client.xgroup('DESTROY', bench.topic, bench.group);
    await isReported(bench, /The group was missing/);
    await until(async () => (await bench.behind()) === 0, { withinMs: 10_000, what: 'the group to be there again' });
    await second.stop();
    await bench.backend.move(bench.topic, bench.group, 'start');
    expect(await bench.behind()).toBe(length);
    await bench.backend.createGroup(bench.topic, 'another', 'earliest');
    expect(await bench.backend.positions(bench.topic, 'another')).toMatchObject([{ behind: length }]);
    expect([...first.failures, ...second.failures]).toEqual([]);
    await expect(bench.backend.publish([letter('refused')])).rejects.toThrow(/has no memory left/);
    expect(await client.xlen(bench.topic)).toBe(length);
  });
});
