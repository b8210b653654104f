import { statSync } from 'node:fs';

import { AdminError, type Backend, type ReceivedRecord } from 'nest-event-bus/core';
import { embedded, type EmbeddedOptions, type EmbeddedReport } from 'nest-event-bus/embedded';
import { checkHistory, stays, until, type Published } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { start } from '../support/process.js';
import { workbench, type Workbench } from '../support/workbench.js';
import { allSettled, member, publish, valueOf, valuesIn, vanish } from './log.js';

/** All records are too old, and the removal runs all the time. */
const AT_ONCE = { retentionMs: 1, trimEveryMs: 10 };
const MIB = 1024 * 1024;
const SOON = { withinMs: 20_000 };

describe('the retention of the embedded log', () => {
  let bench: Workbench;
  const backends: Backend[] = [];
  const reports: EmbeddedReport[] = [];
  const open = (options: Partial<EmbeddedOptions> = {}) => {
    const observe = (report: EmbeddedReport) => {
      // Members may be here before anything is published.
      if (!report.what.startsWith('Nobody has published')) reports.push(report);
    };
    const backend = embedded({ path: bench.path, observe, ...options });
    backends.push(backend);
    return backend;
  };
  const close = async (backend: Backend) => {
    backends.splice(backends.indexOf(backend), 1);
    await backend.close();
  };
  /** A consumer of all records, until it is stopped. */
  const consume = (backend: Backend, group: string, topic = 't') => {
    const values: string[] = [];
    const of = member(backend, { topic, group, maxInFlight: 500 }, (record) => {
      values.push(valueOf(record));
      return Promise.resolve();
    });
    return { ...of, values };
  };
  const isEmpty = (backend: Backend, topic: string) =>
    until(async () => (await valuesIn(backend, topic)).length === 0, { ...SOON, what: `topic ${topic} to be empty` });
  const publishMany = async (backend: Backend, count: number, bytes = 100, first = 0) => {
    for (let n = first; n < first + count; n += 500) {
      const values = Array.from({ length: Math.min(500, first + count - n) }, (_, m) => `${n + m}`);
      await backend.publish(
        values.map((value) => ({
          topic: 't',
          key: Buffer.from(`k${Number(value) % 10}`),
          value: Buffer.from(value.padEnd(bytes)),
          headers: [],
        })),
      );
    }
  };

  beforeEach(() => {
    bench = workbench('embedded-retention');
    reports.length = 0;
  });
  afterEach(async () => {
    await Promise.all(backends.splice(0).map((backend) => backend.close()));
    await bench.clear();
  });

  it('removes what is older and was settled, or has no group at all', async () => {
    const backend = open(AT_ONCE);
    await backend.createGroup('t', 'g', 'earliest');
    await publish(backend, 't', 'settled');
    await publish(backend, 'without a group', 'x');
    const consumer = consume(backend, 'g');
    await isEmpty(backend, 't');
    await isEmpty(backend, 'without a group');
    await consumer.stop();
    expect(consumer.values).toEqual(['settled']);
    expect(reports).toEqual([]);
  });

  it('removes nothing unless it is asked to, and nothing that is younger', async () => {
    await publish(open(), 't', '1');
    await publish(open({ retentionMs: 3_600_000, trimEveryMs: 10 }), 't', '2');
    const reader = open();
    await stays(async () => (await valuesIn(reader, 't')).length === 2, { forMs: 300, what: 'both are there' });
  });

  it('leaves dead letters alone, by age and by size, unless they have a retention of their own', async () => {
    const backend = open({ ...AT_ONCE, retentionBytes: MIB });
    await publish(backend, 't-g-dead-letters', 'letter');
    await publishMany(backend, 2_000, 1_000);
    await isEmpty(backend, 't');
    await stays(async () => (await valuesIn(backend, 't-g-dead-letters')).length === 1, {
      forMs: 300,
      what: 'the dead letter is there',
    });
    expect(reports).toEqual([]);
  });

  it('removes dead letters after a retention of their own and a warning that counts them', async () => {
    const backend = open({ deadLetterRetentionMs: 1_000, trimEveryMs: 10 });
    const letter = { topic: 't-g-dead-letters', key: null, headers: [] };
    await backend.publish(['1', '2'].map((value) => ({ ...letter, value: Buffer.from(value) })));
    const publishedAt = performance.now();
    await until(() => reports.length > 0, { ...SOON, what: 'the warning' });
    expect(await valuesIn(backend, 't-g-dead-letters')).toEqual(['1', '2']);
    await isEmpty(backend, 't-g-dead-letters');
    expect(performance.now() - publishedAt).toBeGreaterThan(900);
    await until(() => reports.length > 1, { ...SOON, what: 'the report' });
    const fields = [
      ['topic', 't-g-dead-letters'],
      ['count', 2],
    ];
    expect(reports).toEqual([
      {
        level: 'warn',
        what: 'Old dead letters will be removed soon: publish those that you still need again, or set a longer EVENT_BUS_DEAD_LETTER_RETENTION',
        fields: [...fields, ['removed_in_s', 0]],
      },
      { level: 'info', what: 'Old dead letters were removed', fields },
    ]);
  });

  it('keeps what a slow group has not settled, while others go on', async () => {
    const backend = open(AT_ONCE);
    await backend.createGroup('t', 'slow', 'earliest');
    await backend.createGroup('t', 'quick', 'earliest');
    for (const value of ['1', '2', '3', '4']) await publish(backend, 't', value);
    const held: ReceivedRecord[] = [];
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const slow = member(backend, { topic: 't', group: 'slow' }, async (record) => {
      held.push(record);
      if (valueOf(record) === '3') await released;
    });
    const quick = consume(backend, 'quick');
    await allSettled(backend, 't', 'quick');
    await until(async () => (await valuesIn(backend, 't'))[0] === '3', { ...SOON, what: 'what was settled to go' });
    await stays(async () => (await valuesIn(backend, 't')).length === 2, { forMs: 200, what: 'what is held is kept' });
    expect(await backend.positions('t', 'slow')).toMatchObject([{ partition: 0, position: '2', end: '4', behind: 1 }]);
    release();
    await isEmpty(backend, 't');
    await Promise.all([slow.stop(), quick.stop()]);
    expect(held).toHaveLength(4);
  });

  it('warns of a group without members, lets go of it when it has expired, and tells it how many it lost', async () => {
    const backend = open({ ...AT_ONCE, groupExpiryMs: 400 });
    await backend.createGroup('t', 'away', 'earliest');
    await backend.createGroup('t', 'done', 'latest');
    for (const value of ['1', '2', '3']) await publish(backend, 't', value);
    const done = consume(backend, 'done');
    await allSettled(backend, 't', 'done');
    await done.stop();
    await isEmpty(backend, 't');
    await until(() => reports.length >= 2, { ...SOON, what: 'the reports' });
    const seconds = expect.any(Number) as number;
    expect(reports).toEqual([
      {
        level: 'warn',
        what: 'A group has no members; its old events will soon be removed, although it has not handled them\. Start a member, or move the group to its end with event-bus move',
        fields: [
          ['topic', 't'],
          ['group', 'away'],
          ['without_members_for_s', seconds],
        ],
      },
      {
        level: 'error',
        what: 'Old events were removed although a group had not handled them, because the group has had no members for too long',
        fields: [
          ['topic', 't'],
          ['group', 'away'],
          ['count', 3],
          ['without_members_for_s', seconds],
        ],
      },
    ]);
    expect(await backend.positions('t', 'away')).toMatchObject([{ partition: 0, position: '3', end: '3', behind: 0 }]);
    reports.length = 0;
    const back = consume(backend, 'away');
    await publish(backend, 't', '4');
    await until(() => back.values.length === 1, { ...SOON, what: 'the group to go on' });
    await back.stop();
    expect(back.values).toEqual(['4']);
    // The other group has no member now and may lose the last record.
    const ofGroup = reports.filter(({ fields }) => fields.some(([name, of]) => name === 'group' && of === 'away'));
    expect(ofGroup).toEqual([
      {
        level: 'error',
        what: 'While this group had no members, old events that it had not handled were removed; it continues with the oldest event that is left',
        fields: [
          ['topic', 't'],
          ['group', 'away'],
          ['count', 3],
          ['position', 3],
        ],
      },
    ]);
  });

  it('counts what a vanished member had in hand among the lost', async () => {
    const setUp = open();
    await setUp.createGroup('t', 'g', 'earliest');
    for (const value of ['1', '2', '3']) await publish(setUp, 't', value);
    await vanish(bench.path, { topic: 't', group: 'g', leaseMs: 200 });
    expect((await setUp.positions('t', 'g'))[0]?.behind).toBe(3);
    const backend = open({ ...AT_ONCE, groupExpiryMs: 100 });
    await isEmpty(backend, 't');
    await until(() => reports.some(({ level }) => level === 'error'), { ...SOON, what: 'the report' });
    expect(reports.at(-1)?.fields).toContainEqual(['count', 3]);
    expect(await backend.positions('t', 'g')).toMatchObject([{ partition: 0, position: '3', end: '3', behind: 0 }]);
  });

  it('keeps positions what they are, also over a restart', async () => {
    const first = open(AT_ONCE);
    for (const value of ['1', '2', '3']) await publish(first, 't', value);
    await isEmpty(first, 't');
    await close(first);
    const backend = open();
    expect(await publish(backend, 't', '4')).toEqual(['3']);
    expect(await publish(backend, 't', '5')).toEqual(['4']);
    expect(await valuesIn(backend, 't')).toEqual(['4', '5']);
    await backend.createGroup('t', 'earliest', 'earliest');
    await backend.createGroup('t', 'by time', new Date(1));
    for (const group of ['earliest', 'by time'])
      expect(await backend.positions('t', group)).toMatchObject([{ partition: 0, position: '3', end: '5', behind: 2 }]);
  });

  it('lets a group be moved only to what is still there', async () => {
    const first = open(AT_ONCE);
    for (const value of ['1', '2', '3']) await publish(first, 't', value);
    await isEmpty(first, 't');
    await close(first);
    const backend = open();
    const published = [await publish(backend, 't', '4'), await publish(backend, 't', '5')];
    expect(published).toEqual([['3'], ['4']]);
    await backend.createGroup('t', 'g', 'latest');
    await expect(backend.move('t', 'g', { position: '2' })).rejects.toThrow(
      new AdminError(
        '"2" was removed from topic t: allowed are whole numbers from 3, its oldest record, to 5, its end.',
      ),
    );
    await expect(backend.move('t', 'g', { position: '6' })).rejects.toThrow(
      new AdminError(
        '"6" is no position on topic t: allowed are whole numbers from 3, its oldest record, to 5, its end.',
      ),
    );
    for (const to of ['start', new Date(0), { position: '3' }] as const) {
      expect(await backend.move('t', 'g', to)).toEqual([expect.objectContaining({ to: '3' })]);
      expect((await backend.positions('t', 'g'))[0]?.behind).toBe(2);
    }
    expect(await backend.move('t', 'g', new Date(Date.now() + 60_000))).toEqual([expect.objectContaining({ to: '5' })]);
    await backend.move('t', 'g', 'start');
    const consumer = consume(backend, 'g');
    await allSettled(backend, 't', 'g');
    await consumer.stop();
    expect(consumer.values).toEqual(['4', '5']);
  });

  it('removes the oldest of all topics when the file is too large, and none that a group holds', async () => {
    const backend = open({ retentionBytes: MIB, trimEveryMs: 10 });
    await backend.createGroup('held', 'g', 'earliest');
    await publish(backend, 'held', 'kept');
    await publish(backend, 'free', 'goes');
    await publishMany(backend, 2_000, 1_000);
    await isEmpty(backend, 'free');
    await until(async () => (await valuesIn(backend, 't')).length < 1_100, { ...SOON, what: 'the size to be kept' });
    const values = await valuesIn(backend, 't');
    expect(values.length).toBeGreaterThan(300);
    expect(values.at(-1)?.trim()).toBe('1999');
    expect(await valuesIn(backend, 'held')).toEqual(['kept']);
  });

  it('leaves room below the largest size as long as the groups settle', async () => {
    const backend = open({ maxBytes: 4 * MIB, retentionBytes: MIB, trimEveryMs: 60_000 });
    const consumer = consume(backend, 'g');
    for (let n = 0; n < 40; n += 1) {
      await publishMany(backend, 500, 1_000, n * 500);
      await allSettled(backend, 't', 'g');
    }
    await consumer.stop();
    expect(consumer.values).toHaveLength(20_000);
    expect(statSync(bench.path).size).toBeLessThan(2.5 * MIB);
  });

  it('makes room for a call that finds the file full', async () => {
    const full = open({ maxBytes: 4 * MIB });
    await publishMany(full, 2_000, 1_000);
    await expect(publishMany(full, 1_000, 1_000)).rejects.toThrow('has no room');
    await close(full);
    const backend = open({ maxBytes: 4 * MIB, retentionBytes: 2 * MIB, trimEveryMs: 60_000 });
    await publishMany(backend, 1_000, 1_000, 5_000);
    expect((await valuesIn(backend, 't')).at(-1)?.trim()).toBe('5999');
  });

  it('goes on while others publish: a call is taken before a long round is over', async () => {
    const setUp = open();
    await publishMany(setUp, 30_000);
    await close(setUp);
    const other = open();
    await other.ping();
    const trimming = open(AT_ONCE);
    await trimming.ping();
    // A transaction is a small part of a round, so readers see the front of the log move in many steps.
    const fronts = new Set<number>();
    let taken = 0;
    await until(
      async () => {
        await publish(taken % 2 === 0 ? other : trimming, 'else', 'x');
        taken += 1;
        for await (const { position } of other.read('t')) {
          fronts.add(Number(position));
          return false;
        }
        return true;
      },
      { ...SOON, what: 'the topic to be empty' },
    );
    const steps = [...fronts].sort((a, b) => a - b).filter((front) => front > 0);
    expect(steps.length).toBeGreaterThan(3);
    expect(steps.every((front) => front % 500 === 0)).toBe(true);
  });

  it('is done by two processes at once without harm', async () => {
    const script = `import { embedded } from 'nest-event-bus/embedded';
      const backend = embedded({ path: process.argv[1], retentionMs: 1, trimEveryMs: 10 });
      await backend.ping();
      console.log('open');
      process.once('SIGTERM', () => backend.close());`;
    const other = start(process.execPath, ['--input-type=module', '-e', script, bench.path]);
    await other.says(/open/);
    const backend = open(AT_ONCE);
    await backend.createGroup('t', 'g', 'earliest');
    const consumer = consume(backend, 'g');
    await publishMany(backend, 20_000);
    await allSettled(backend, 't', 'g');
    await isEmpty(backend, 't');
    await consumer.stop();
    expect(await other.stop()).toBe(0);
    expect(consumer.values).toHaveLength(20_000);
    expect([other.lines, reports]).toEqual([['open'], []]);
  });

  it('never removes what a living group has not settled, whatever comes together', { timeout: 60_000 }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = randomOf(seed);
    const publisher = open(AT_ONCE);
    const groups = ['a', 'b'];
    for (const group of groups) await publisher.createGroup('t', group, 'earliest');
    const published: Published[] = [];
    const handled = new Map(groups.map((group) => [group, [] as string[]]));
    const members: { stop(): Promise<void> }[] = [];
    const join = (group: string) => {
      const window = { topic: 't', group, maxInFlight: 1 + Math.floor(random() * 40) };
      const backend = open(AT_ONCE);
      const of = member(backend, window, async (record) => {
        if (random() < 0.1) await new Promise((resolve) => setTimeout(resolve, random() * 20));
        handled.get(group)?.push(valueOf(record));
      });
      // An open backend would continue to check the file.
      members.push({ stop: () => of.stop().then(() => close(backend)) });
    };
    for (const group of groups) join(group);
    for (let turn = 0; turn < 120; turn += 1) {
      const next = Array.from({ length: Math.floor(random() * 60) }, (_, n) => {
        const seq = published.length + n;
        return { id: `${seq}`, key: `key-${seq % 5}`, seq };
      });
      published.push(...next);
      await publisher.publish(
        next.map(({ id, key }) => ({ topic: 't', key: Buffer.from(key), value: Buffer.from(id), headers: [] })),
      );
      if (random() < 0.1 && members.length < 5) join(groups[turn % 2] ?? 'a');
      if (random() < 0.1) {
        const leaving = members.splice(Math.floor(random() * members.length), 1)[0];
        await leaving?.stop();
      }
    }
    for (const group of groups) join(group);
    for (const group of groups) await allSettled(publisher, 't', group);
    await isEmpty(publisher, 't');
    await Promise.all(members.map((of) => of.stop()));
    for (const group of groups) {
      const { missing, unknown } = checkHistory(published, handled.get(group) ?? []);
      expect({ seed, group, missing, unknown }).toEqual({ seed, group, missing: [], unknown: [] });
    }
    expect(reports).toEqual([]);
  });

  it('keeps the use of the disk bounded over 200,000 events', { timeout: 120_000 }, async () => {
    const backend = open(AT_ONCE);
    const consumer = consume(backend, 'g');
    await backend.createGroup('t', 'g', 'earliest');
    let largest = 0;
    for (let n = 0; n < 200_000; n += 5_000) {
      await publishMany(backend, 5_000, 200, n);
      await allSettled(backend, 't', 'g');
      largest = Math.max(largest, statSync(bench.path).size + statSync(`${bench.path}-wal`).size);
    }
    await isEmpty(backend, 't');
    await consumer.stop();
    expect(consumer.values).toHaveLength(200_000);
    // All records together would be 60 MB.
    expect(largest).toBeLessThan(25 * MIB);
  });

  it('gives room back to the disk after a flood', async () => {
    const backend = open();
    await publishMany(backend, 20_000, 1_000);
    await close(backend);
    const flooded = statSync(bench.path).size;
    expect(flooded).toBeGreaterThan(20 * MIB);
    const trimming = open(AT_ONCE);
    await trimming.ping();
    await until(() => statSync(bench.path).size < flooded / 2, { ...SOON, what: 'the file to get smaller' });
    expect(await publish(trimming, 't', 'next')).toEqual(['20000']);
  });
});

/** Pseudorandom numbers from 0 to 1 that depend on the seed only (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
