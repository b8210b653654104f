import { setTimeout as work } from 'node:timers/promises';
import { stays, until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requires } from '../support/requirements.js';
import { hold, ids, isReported, type RedisBench, redisBench, reported } from './redis-bench.js';

const LONG = { timeout: 90_000 };

await requires('redis', 'Redis: a group loses nothing', (address) => {
  let bench: RedisBench;
  beforeEach(async () => (bench = redisBench(await address())));
  afterEach(() => bench.clear());

  it('all of 25,000 events arrive that were published while no consumer ran', LONG, async () => {
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    const published = ids(25_000);
    for (let n = 0; n < published.length; n += 1_000) await bench.publish(published.slice(n, n + 1_000));
    const member = bench.member('one');
    await handles(member, 25_000, 60_000);
    expect(member.handled).toEqual(published);
  });

  it('a second member leaves the backlog of the first alone', async () => {
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.publish(ids(500));
    const slow = bench.member('slow', { handle: () => work(1), maxInFlight: 10 });
    await handles(slow, 20);
    const second = bench.member('second', { backend: bench.open(), start: 'latest' });
    await until(async () => (await bench.behind()) === 0, { withinMs: 20_000, what: 'all to be settled' });
    expect([...slow.handled, ...second.handled].toSorted()).toEqual([...ids(500)].toSorted());
  });

  it('10,000 entries of a dead member are taken over in their order while new ones flow', LONG, async () => {
    await bench.publish(ids(10_000));
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.client.xreadgroup('GROUP', bench.group, 'dead', 'COUNT', 10_000, 'STREAMS', bench.topic, '>');
    // Like a vanished member of ours, whose lease has expired.
    await bench.client.hset(stateOf(bench), 'member:dead', '1 token');
    const member = bench.member('living');
    await bench.publish(ids(100, 'new-'));
    await until(() => member.handled.includes('new-100'), { withinMs: 10_000, what: 'what is new' });
    await handles(member, 10_100, 60_000);
    expect(member.handled.filter((id) => !id.startsWith('new-'))).toEqual(ids(10_000));
    await until(async () => (await bench.behind()) === 0, { withinMs: 10_000, what: 'all to be settled' });
    await until(async () => !(await consumers(bench)).includes('dead'), { withinMs: 10_000, what: 'the name to go' });
  });

  it('a handler that takes longer than the claim time is not run twice', LONG, async () => {
    await bench.publish(['long']);
    const first = bench.member('first', { handle: () => work(4_000) });
    await handles(first, 1);
    const second = bench.member('second', { backend: bench.open() });
    await until(async () => (await bench.behind()) === 0, { withinMs: 20_000, what: 'the event to be settled' });
    expect(second.handled).toEqual([]);
    expect(first.handled).toEqual(['long']);
  });

  it('what was published while all were away is handled after a restart, and nothing twice', async () => {
    await bench.publish(ids(10));
    const before = bench.member('pod-1');
    await handles(before, 10);
    await before.stop();
    await bench.publish(ids(10, 'away-'));
    const after = bench.member('pod-1', { backend: bench.open(), start: 'latest' });
    await handles(after, 10);
    expect(after.handled).toEqual(ids(10, 'away-'));
  });

  it('a record says how often members vanished with it; giving it back is no such time', LONG, async () => {
    await bench.publish(['1']);
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.client.xreadgroup('GROUP', bench.group, 'dead', 'COUNT', 1, 'STREAMS', bench.topic, '>');
    const abandoned: (number | undefined)[] = [];
    for (const name of ['one', 'two']) {
      const member = bench.member(name, {
        stopBudgetMs: 1,
        handle: (record, lost) => {
          abandoned.push(record.abandoned);
          return Promise.resolve(hold(record, lost));
        },
      });
      await handles(member, 1);
      await member.stop();
    }
    expect(abandoned).toEqual([1, 1]);
  });

  it('entries that were deleted while pending hold up nothing and are reported', async () => {
    const positions = await bench.publish(ids(5));
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.client.xreadgroup('GROUP', bench.group, 'pod-1', 'COUNT', 3, 'STREAMS', bench.topic, '>');
    await bench.client.xdel(bench.topic, positions[0] ?? '');
    const member = bench.member('pod-1');
    await handles(member, 4);
    await until(async () => (await bench.behind()) === 0, { withinMs: 5_000, what: 'all to be settled' });
    expect(member.handled).toEqual(['2', '3', '4', '5']);
    await isReported(bench, /deleted from the stream/);
  });

  it('a move past what nobody got, as Python makes it at its start, is detected and counted', async () => {
    await bench.publish(ids(50));
    const member = bench.member('one', { maxInFlight: 5, handle: hold });
    await until(() => member.handled.length === 5, { withinMs: 5_000, what: 'the first five' });
    // Waits until the watch has looked at the group once.
    await until(async () => (await bench.client.hget(stateOf(bench), 'position')) !== null, {
      withinMs: 5_000,
      what: 'the group to be seen',
    });
    await bench.client.xgroup('SETID', bench.topic, bench.group, '$');
    await isReported(bench, /moved the group past entries/);
    expect(reported(bench, /moved the group past entries/)?.get('missed')).toBe(45);
    expect(bench.reports.find(({ what }) => /moved the group past entries/.test(what))?.level).toBe('error');
  });

  it('a gap at the front of the stream that a MAXLEN made is detected and counted', async () => {
    await bench.publish(ids(500));
    const member = bench.member('one', { maxInFlight: 5, handle: hold });
    await until(() => member.handled.length === 5, { withinMs: 5_000, what: 'the first five' });
    await bench.client.xtrim(bench.topic, 'MAXLEN', 100);
    await isReported(bench, /trimmed from the stream/);
    expect(reported(bench, /trimmed from the stream/)?.get('missed')).toBe(395);
    await until(async () => (await bench.behind()) === 100, { withinMs: 5_000, what: 'what is left to be counted' });
  });

  it('lag is counted where the server does not know it', async () => {
    const positions = await bench.publish(ids(20));
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.client.xgroup('SETID', bench.topic, bench.group, positions[4] ?? '');
    expect(await bench.behind()).toBe(15);
    await bench.client.xdel(bench.topic, positions[10] ?? '');
    expect(await bench.behind()).toBe(14);
  });

  it('a stream that is deleted and made again goes on being consumed', LONG, async () => {
    const member = bench.member('one');
    await bench.publish(ids(10));
    await handles(member, 10);
    await bench.client.del(bench.topic);
    await bench.publish(ids(10, 'again-'));
    await handles(member, 20);
    expect(member.handled.slice(10)).toEqual(ids(10, 'again-'));
    await isReported(bench, /The group was missing/);
  });

  it('a group that is removed in mid-run goes on where it stood', LONG, async () => {
    await bench.publish(ids(200));
    const member = bench.member('one', { maxInFlight: 10, handle: () => work(5) });
    await handles(member, 30);
    await bench.client.xgroup('DESTROY', bench.topic, bench.group);
    await until(() => new Set(member.handled).size === 200, { withinMs: 30_000, what: 'all events' });
    await isReported(bench, /The group was missing/);
  });

  it('old entries go, but none that a living group has not settled', LONG, async () => {
    const publisher = bench.open({ retentionMs: 1, trimEveryMs: 50 });
    const record = (n: number) => ({ topic: bench.topic, key: null, value: Buffer.from(String(n)), headers: [] });
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await publisher.publish(Array.from({ length: 2_000 }, (_, n) => record(n)));
    await stays(async () => (await bench.client.xlen(bench.topic)) === 2_000, { forMs: 500, what: 'all are kept' });
    const member = bench.member('one');
    await handles(member, 2_000);
    await until(async () => (await bench.client.xlen(bench.topic)) <= 100, { withinMs: 5_000, what: 'old ones to go' });
  });

  it('a group without members holds entries no longer than its expiry, with a warning before', LONG, async () => {
    const publisher = bench.open({ retentionMs: 1, trimEveryMs: 50, groupExpiryMs: 2_000 });
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await publisher.publish(
      ids(1_000).map((id) => ({ topic: bench.topic, key: null, value: Buffer.from(id), headers: [] })),
    );
    await until(async () => (await bench.client.xlen(bench.topic)) <= 100, {
      withinMs: 10_000,
      what: 'old ones to go',
    });
    // The report comes after the entries are removed.
    await isReported(bench, /its old entries are now removed/);
    const said = bench.reports.map(({ what }) => what).filter((what) => /A group has/.test(what));
    expect(said).toEqual([
      expect.stringMatching(/will soon be removed/),
      expect.stringMatching(/its old entries are now removed/),
    ]);
  });
});

async function handles(member: { readonly handled: readonly string[] }, count: number, withinMs = 15_000) {
  await until(() => member.handled.length >= count, {
    withinMs,
    what: () => `${count} events; there are ${member.handled.length}`,
  });
}

async function consumers({ client, topic, group }: RedisBench): Promise<readonly string[]> {
  const found = (await client.xinfo('CONSUMERS', topic, group)) as string[][];
  return found.map(([, name = '']) => name);
}

function stateOf({ topic, group }: RedisBench): string {
  return `{${topic}}:event-bus:group:${group}`;
}
