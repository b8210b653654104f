import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { redis, type Redis } from '../../tools/servers/index.mjs';
import { requires } from '../support/requirements.js';
import { hold, ids, isReported, type RedisBench, redisBench } from './redis-bench.js';

await requires('redis', 'Redis: the lag of a group, as the server tells it', (address) => {
  let bench: RedisBench;
  beforeEach(async () => (bench = redisBench(await address())));
  afterEach(() => bench.clear());

  it('is right of a group that begins at a time in the middle of the stream', async () => {
    await entriesAt([1_000, 2_000, 3_000, 4_000, 5_000]);
    await bench.backend.createGroup(bench.topic, bench.group, new Date(3_000));
    expect(await serverLag()).toBe(3);
  });

  it('is right after a move to a time and to a position, also of a trimmed stream', async () => {
    await entriesAt([1_000, 2_000, 3_000, 4_000, 5_000, 6_000]);
    await bench.client.xtrim(bench.topic, 'MINID', '2000-0');
    await bench.backend.createGroup(bench.topic, bench.group, 'latest');
    expect(await serverLag()).toBe(0);
    await bench.backend.move(bench.topic, bench.group, new Date(4_000));
    expect(await serverLag()).toBe(3);
    await bench.backend.move(bench.topic, bench.group, { position: '6000-0' });
    expect(await serverLag()).toBe(1);
    await bench.publish(['7']);
    expect(await serverLag()).toBe(2);
    await bench.backend.move(bench.topic, bench.group, 'start');
    expect(await serverLag()).toBe(6);
    expect(await bench.behind()).toBe(6);
  });

  it('is right of a group that somebody removed and that was made again where it stood', async () => {
    await bench.publish(ids(20));
    const member = bench.member('one', { maxInFlight: 4, handle: hold });
    await until(() => member.handled.length === 4, { withinMs: 5_000, what: 'four events' });
    await until(
      async () => (await bench.client.hexists(`{${bench.topic}}:event-bus:group:${bench.group}`, 'position')) === 1,
      {
        withinMs: 5_000,
        what: 'the group to be seen',
      },
    );
    await bench.client.xgroup('DESTROY', bench.topic, bench.group);
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await isReported(bench, /The group was missing/);
    expect(await serverLag()).not.toBeNull();
  });

  /** Adds entries with these times as their ids. */
  async function entriesAt(times: readonly number[]): Promise<void> {
    for (const time of times) await bench.client.xadd(bench.topic, `${time}-0`, 'event_data', String(time));
  }

  async function serverLag(): Promise<unknown> {
    const [group = []] = (await bench.client.xinfo('GROUPS', bench.topic)) as unknown[][];
    return group[group.indexOf('lag') + 1];
  }
});

await requires('redis', 'Redis: entries of 1 MB', () => {
  const BIG = 'x'.repeat(1_000_000);
  let server: Redis;
  let bench: RedisBench;
  beforeEach(async () => {
    server = await redis({ appendonly: false });
    bench = redisBench(server.url);
  }, 60_000);
  afterEach(async () => {
    await bench.clear();
    await server.clear();
  });

  it('do not travel while a member is idle', async () => {
    await bench.publish([BIG, BIG]);
    const member = bench.member('one');
    await until(() => member.handled.length === 2, { withinMs: 10_000, what: 'both events' });
    await until(async () => (await bench.behind()) === 0, { withinMs: 5_000, what: 'both to be settled' });
    const [sentBefore, lookedBefore] = [await figure('stats', 'total_net_output_bytes'), await looks()];
    await until(async () => (await looks()) > lookedBefore + 3, { withinMs: 15_000, what: 'the member to look' });
    expect((await figure('stats', 'total_net_output_bytes')) - sentBefore).toBeLessThan(200_000);
  });

  it('are counted without being in memory at once', async () => {
    const positions = await bench.publish(ids(60, BIG));
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.client.xgroup('SETID', bench.topic, bench.group, positions[0] ?? '');
    expect(await bench.behind()).toBe(59);
    expect(await figure('memory', 'used_memory_lua')).toBeLessThan(40_000_000);
  });

  async function figure(section: string, name: string): Promise<number> {
    return Number(new RegExp(`${name}:(\\d+)`).exec(await bench.client.info(section))?.[1]);
  }

  /** How often members have checked their groups. */
  async function looks(): Promise<number> {
    return Number(/cmdstat_xpending:calls=(\d+)/.exec(await bench.client.info('commandstats'))?.[1] ?? 0);
  }
});
