import { mkdirSync, readFileSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Backend } from 'nest-event-bus/core';
import { embedded } from 'nest-event-bus/embedded';
import { checkHistory, stays, until, within, type Published } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { start, type RunningProcess } from '../support/process.js';
import { workbench, type Workbench } from '../support/workbench.js';
import { allSettled, member, publish, valueOf } from './log.js';

const LEASE_MS = 1_000;
/** The longest time until a takeover: a lease, the interval of the checks, and a margin for a busy machine. */
const TAKEOVER_MS = LEASE_MS + LEASE_MS / 3 + 2_500;

describe('members of a group in several processes', () => {
  let bench: Workbench;
  let backend: Backend;
  let processes: RunningProcess[];
  /** The values that all processes handle, in the order in which they start. */
  let log: string;

  beforeEach(() => {
    bench = workbench('embedded-members');
    backend = embedded({ path: bench.path, leaseMs: LEASE_MS });
    processes = [];
    log = join(bench.folder, 'log');
  });
  afterEach(async () => {
    await Promise.all(processes.map((process) => process.stop('SIGKILL')));
    await backend.close();
    await bench.clear();
  });

  const startMember = async (name: string, workMs: number, maxInFlight = 10): Promise<RunningProcess> => {
    const task = {
      options: { path: bench.path, leaseMs: LEASE_MS },
      subscription: { topic: 't', group: 'g', member: name, start: 'earliest', maxInFlight, stopBudgetMs: 5_000 },
      workMs,
      log,
    };
    const process = start('node', [join(import.meta.dirname, 'member.mjs'), JSON.stringify(task)]);
    processes.push(process);
    await process.says(/^started/);
    return process;
  };
  const linesOf = (process: RunningProcess, what: string) =>
    process.output.flatMap((line) => (line.startsWith(`${what} `) ? [line.slice(what.length + 1)] : []));

  it('take over from one that was killed within seconds, in order, and without what it had settled', async () => {
    await publish(backend, 't', 'settled', 'k');
    const killed = await startMember('killed', 0);
    await killed.says(/^handled settled/);
    await allSettled(backend, 't', 'g');
    killed.child.kill('SIGSTOP');
    for (const value of ['1', '2', '3']) await publish(backend, 't', value, 'k');
    const got: string[] = [];
    const heir = member(backend, { topic: 't', group: 'g' }, (record) => {
      got.push(valueOf(record));
      return Promise.resolve();
    });
    const diedAt = performance.now();
    await killed.stop('SIGKILL');
    await until(() => got.length === 3, {
      withinMs: TAKEOVER_MS,
      what: () => `the heir to get 3 records, not ${got.length}`,
    });
    expect(performance.now() - diedAt).toBeLessThan(TAKEOVER_MS);
    expect(got).toEqual(['1', '2', '3']);
    await heir.stop();
  });

  it('keep the order of every key through joining, leaving and a kill, and miss nothing', async () => {
    const published: Published[] = [];
    const more = async (count: number) => {
      const next = Array.from({ length: count }, (_, n) => {
        const seq = published.length + n;
        return { id: `${seq}`, key: `key-${seq % 7}`, seq };
      });
      published.push(...next);
      await backend.publish(
        next.map(({ id, key }) => ({ topic: 't', key: Buffer.from(key), value: Buffer.from(id), headers: [] })),
      );
    };
    // Publishes until each member works. Otherwise a slow member could find that the others have done everything.
    const works = (process: RunningProcess) =>
      until(() => more(20).then(() => linesOf(process, 'handled').length > 0), {
        withinMs: 20_000,
        what: 'the next member to handle something',
      });
    await more(300);
    const first = await startMember('first', 5);
    await works(first);
    const second = await startMember('second', 5);
    await works(second);
    await more(300);
    const third = await startMember('third', 5);
    await works(third);
    await second.stop('SIGKILL');
    await more(300);
    await first.stop();
    await more(100);
    await allSettled(backend, 't', 'g');
    const { missing, unknown, outOfOrder } = checkHistory(published, readFileSync(log, 'utf8').trim().split('\n'));
    expect({ missing, unknown, outOfOrder }).toEqual({ missing: [], unknown: [], outOfOrder: [] });
    for (const process of [first, second, third]) {
      const { duplicates } = checkHistory(published, linesOf(process, 'handles'));
      expect(duplicates).toEqual([]);
    }
  });

  it('give a record back whose member was frozen, which is told when it goes on, and goes on with other records', async () => {
    await publish(backend, 't', 'held', 'k');
    const frozen = await startMember('frozen', 60_000);
    await frozen.says(/^handles held/);
    frozen.child.kill('SIGSTOP');
    const got: string[] = [];
    const other = member(backend, { topic: 't', group: 'g' }, (record) => {
      got.push(valueOf(record));
      return Promise.resolve();
    });
    await until(() => got.includes('held'), { withinMs: TAKEOVER_MS, what: 'the record to go to the other member' });
    frozen.child.kill('SIGCONT');
    const [line] = await frozen.says(/^lost held: .*/);
    expect(line).toBe(
      'lost held: The lease of member frozen of group g on topic t expired, and other members took over its records.',
    );
    await other.stop();
    await publish(backend, 't', 'next', 'k');
    await frozen.says(/^handles next/);
  });

  it('share a backlog of few keys, although the first had them all to itself', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    let last = 0;
    const more = async (count: number) => {
      const ids = Array.from({ length: count }, () => ++last);
      await backend.publish(
        ids.map((id) => ({
          topic: 't',
          key: Buffer.from(keys[id % 6] ?? ''),
          value: Buffer.from(`${id}`),
          headers: [],
        })),
      );
    };
    await more(500);
    const first = await startMember('first', 10);
    await first.says(/^handled/);
    const second = await startMember('second', 10);
    await second.says(/^handled/);
    await until(() => linesOf(second, 'handled').length > 20, {
      withinMs: 10_000,
      what: 'the second to get its share',
    });
    const both = [...linesOf(first, 'handled'), ...linesOf(second, 'handled')];
    expect(new Set(both).size).toBe(both.length);
  });

  it('wait for a key that is in the hands of another', async () => {
    const got: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const keys = Array.from({ length: 12 }, (_, n) => `key-${n}`);
    for (const key of keys) await publish(backend, 't', `${key} 1`, key);
    const holder = member(backend, { topic: 't', group: 'g', maxInFlight: 12 }, async (record) => {
      got.push(valueOf(record));
      await held;
    });
    await until(() => got.length === keys.length, { withinMs: 5_000, what: 'the first to hold a record of each key' });
    const later: string[] = [];
    const second = member(backend, { topic: 't', group: 'g', maxInFlight: 100 }, (record) => {
      later.push(valueOf(record));
      return Promise.resolve();
    });
    for (const key of keys) await publish(backend, 't', `${key} 2`, key);
    await publish(backend, 't', 'without a key');
    await until(() => later.includes('without a key'), { withinMs: 5_000, what: 'the record that has no key' });
    await stays(() => later.length === 1, {
      forMs: 300,
      what: () => `records of keys in other hands: ${later.join()}`,
    });
    release();
    await until(() => later.length + got.length === 25, { withinMs: 5_000, what: 'the later records of the keys' });
    expect(later.length).toBeGreaterThan(1);
    await Promise.all([holder.stop(), second.stop()]);
  });

  it('keep their records while their process is too busy to look up', async () => {
    await publish(backend, 't', 'slow', 'k');
    let isLost: boolean | undefined;
    const busy = member(backend, { topic: 't', group: 'g' }, (_, lost) => {
      const end = performance.now() + 2 * LEASE_MS;
      while (performance.now() < end);
      isLost = lost.aborted;
      return Promise.resolve();
    });
    const rival = await startMember('rival', 0);
    await until(() => isLost !== undefined, { withinMs: 10_000, what: 'the handler to end' });
    await allSettled(backend, 't', 'g');
    expect([isLost, linesOf(rival, 'handles')]).toEqual([false, []]);
    await busy.stop();
  });

  it('stop within the time of a transaction, and leave what they hold to the others at once', async () => {
    for (const value of ['1', '2', '3']) await publish(backend, 't', value);
    const stopped = member(backend, { topic: 't', group: 'g', stopBudgetMs: 0 }, (_, lost) => {
      return new Promise((_resolve, reject) => {
        lost.addEventListener('abort', () => reject(new Error('lost')), { once: true });
      });
    });
    await until(async () => (await backend.positions('t', 'g'))[0]?.behind === 3, {
      withinMs: 5_000,
      what: 'the group',
    });
    await within(stopped.stop(), { withinMs: LEASE_MS / 2, what: 'consume to end' });
    const got: string[] = [];
    const next = member(backend, { topic: 't', group: 'g' }, (record) => {
      got.push(valueOf(record));
      return Promise.resolve();
    });
    await until(() => got.length === 3, { withinMs: LEASE_MS / 2, what: 'the records to be handed to the next' });
    await next.stop();
  });

  it('do not count as vanished when their process lives and the file did not answer', async () => {
    await publish(backend, 't', 'held');
    const abandoned: (number | undefined)[] = [];
    const consume = () =>
      member(backend, { topic: 't', group: 'g', stopBudgetMs: 1 }, (record, lost) => {
        abandoned.push(record.abandoned);
        return new Promise((_, reject) => {
          lost.addEventListener('abort', () => reject(new Error('lost')), { once: true });
        });
      });
    const before = consume();
    await until(() => abandoned.length === 1, { withinMs: 5_000, what: 'the record' });
    renameSync(bench.path, `${bench.path}-away`);
    mkdirSync(bench.path);
    const beganAt = performance.now();
    await expect(before.ended).rejects.toThrow(bench.path);
    await until(() => performance.now() - beganAt > 1.5 * LEASE_MS, { withinMs: 5_000, what: 'the lease to end' });
    rmdirSync(bench.path);
    renameSync(`${bench.path}-away`, bench.path);
    const after = consume();
    await until(() => abandoned.length === 2, { withinMs: 5_000, what: 'the record again' });
    expect(abandoned).toEqual([undefined, undefined]);
    await after.stop();
  });
});
