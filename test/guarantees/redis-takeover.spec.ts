import { setTimeout as work } from 'node:timers/promises';
import { Redis as Client } from 'ioredis';
import type { HandleRecord } from 'nest-event-bus/core';
import { stays, until } from 'nest-event-bus/testing';
import { afterEach, expect, it } from 'vitest';
import { type Proxy, proxy } from '../support/faults/proxy.js';
import { requires } from '../support/requirements.js';
import { hold, ids, isReported, type RedisBench, redisBench, reported, type RunningMember } from './redis-bench.js';

const LONG = { timeout: 60_000 };

await requires('redis', 'Redis: taking over from a dead member', (address) => {
  let bench: RedisBench;
  let way: Proxy | undefined;
  afterEach(async () => {
    await bench.clear();
    await way?.close();
    way = undefined;
  });

  it('an idle member handles what it takes over once, and goes on without an error', LONG, async () => {
    bench = redisBench(await address(), { claimMs: 500 });
    const member = bench.member('one', { handle: () => work(2_500) });
    await bench.publish(['0']);
    await handles(member, 1);
    await until(async () => (await bench.behind()) === 0, { withinMs: 10_000, what: 'the member to be idle' });
    await diesWith(['1']);
    await until(async () => member.handled.length > 1 && (await bench.behind()) === 0, {
      withinMs: 15_000,
      what: () => `the entry to be settled; ${member.handled.join(', ')} were handled: ${String(member.failures[0])}`,
    });
    expect(member.handled).toEqual(['0', '1']);
    expect(member.failures).toEqual([]);
  });

  const WAYS = [
    ['trimmed', (positions: readonly string[]) => bench.client.xtrim(bench.topic, 'MINID', positions[20] ?? '')],
    ['deleted', (positions: readonly string[]) => bench.client.xdel(bench.topic, ...positions.slice(0, 20))],
  ] as const;
  for (const [done, remove] of WAYS) {
    for (const name of ['dead', 'one']) {
      const whose = name === 'one' ? 'its predecessor' : 'another dead member';
      it(`entries that were ${done} in the hands of ${whose} are reported once, with their number`, LONG, async () => {
        bench = redisBench(await address(), { claimMs: 500 });
        const positions = await diesWith(ids(30), name);
        await remove(positions);
        const member = bench.member('one', { maxInFlight: 10 });
        await handles(member, 10);
        await isReported(bench, /deleted from the stream/);
        expect(reported(bench, /deleted from the stream/)).toEqual(
          new Map<string, unknown>([
            ['topic', bench.topic],
            ['group', bench.group],
            ['count', 20],
            ['first', positions[0]],
          ]),
        );
        await until(async () => (await bench.behind()) === 0, { withinMs: 5_000, what: 'all to be settled' });
        expect(bench.reports.filter(({ what }) => /deleted from the stream/.test(what))).toHaveLength(1);
        expect(member.handled).toEqual(ids(30).slice(20));
      });
    }
  }

  it('a member that was cut off with an event in hand has not vanished with it', LONG, async () => {
    const { member, abandoned } = await cutOff();
    for (const outage of [1, 2]) {
      way?.refuse();
      await until(() => member.failures.length === outage, { withinMs: 15_000, what: 'the outage to be noticed' });
      way?.open();
      await until(() => abandoned.length > outage, { withinMs: 15_000, what: 'the event to come again' });
    }
    expect(abandoned.map((count = 0) => count)).toEqual([0, 0, 0]);
  });

  it('a member that comes back finds its event with another one, and takes back that it vanished', LONG, async () => {
    const { abandoned, handle } = await cutOff();
    way?.refuse();
    bench.member('other', { handle, backend: bench.open({ url: await address() }) });
    await until(() => abandoned.length === 2, { withinMs: 15_000, what: 'the other member to take it over' });
    expect(await deliveries()).toBe(2);
    way?.open();
    await until(async () => (await deliveries()) === 1, { withinMs: 15_000, what: 'the count to be taken back' });
    expect(abandoned).toHaveLength(2);
  });

  it('durations that are no whole numbers of milliseconds reach Redis as such', async () => {
    bench = redisBench(await address(), {
      claimMs: 1_600.000000000002,
      pollTimeoutMs: 1_000.5,
      answerMs: 5_000.3,
      retentionMs: 60_000.7,
      trimEveryMs: 50.1,
      groupExpiryMs: 60_000.1,
      confirmation: { replicas: 0, onDisk: false, withinMs: 100.5 },
    });
    await diesWith(['1']);
    const member = bench.member('one');
    await handles(member, 1);
    await bench.publish(['2']);
    await handles(member, 2);
    await stays(() => bench.reports.every(({ level }) => level === 'info'), {
      forMs: 200,
      what: 'no report of trimming',
    });
    expect(member.failures).toEqual([]);
  });

  /** Publishes records that a dying member then reads. */
  async function diesWith(published: readonly string[], name = 'dead'): Promise<readonly string[]> {
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    const entries = published.flatMap((id) => [['xadd', bench.topic, '*', 'event_data', id]]);
    const read = ['xreadgroup', 'GROUP', bench.group, name, 'COUNT', '1000', 'STREAMS', bench.topic, '>'];
    const answers = await bench.client.multi([...entries, read]).exec();
    return (answers ?? []).slice(0, -1).map(([, position]) => String(position));
  }

  /** A member with an event in hand whose connection can be cut. */
  async function cutOff() {
    const url = new URL(await address());
    way = await proxy(Number(url.port));
    bench = redisBench(`redis://127.0.0.1:${way.port}`, { claimMs: 300, answerMs: 300 });
    await bench.publish(['1']);
    const abandoned: (number | undefined)[] = [];
    const handle: HandleRecord = (record, lost) => {
      abandoned.push(record.abandoned);
      return hold(record, lost);
    };
    const member = bench.member('cut', { handle });
    await handles(member, 1);
    return { member, abandoned, handle };
  }

  async function deliveries(): Promise<number | undefined> {
    const direct = new Client(await address());
    try {
      const [pending] = (await direct.xpending(bench.topic, bench.group, '-', '+', 1)) as number[][];
      return pending?.[3];
    } finally {
      direct.disconnect();
    }
  }
});

async function handles(member: RunningMember, count: number): Promise<void> {
  await until(() => member.handled.length >= count, {
    withinMs: 15_000,
    what: () => `${count} events; there are ${member.handled.length}: ${String(member.failures.at(-1))}`,
  });
}
