import type { Backend, MoveTarget } from 'nest-event-bus/core';
import { embedded, type EmbeddedOptions } from 'nest-event-bus/embedded';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { workbench, type Workbench } from '../support/workbench.js';
import { allSettled, member, publish, valueOf, valuesIn, vanish } from './log.js';

describe('moving a group of the embedded log', () => {
  let bench: Workbench;
  const backends: Backend[] = [];
  const open = (options: Partial<EmbeddedOptions> = {}) => {
    const backend = embedded({ path: bench.path, observe: () => undefined, ...options });
    backends.push(backend);
    return backend;
  };
  const publishAll = async (backend: Backend, ...values: readonly string[]) => {
    for (const value of values) await publish(backend, 't', value);
  };
  /** Lets a group settle everything. Resolves with the values and marks replays. */
  const settleAll = async (backend: Backend, group: string) => {
    const values: string[] = [];
    const consumer = member(backend, { topic: 't', group }, (record) => {
      values.push(record.isReplay ? `${valueOf(record)} again` : valueOf(record));
      return Promise.resolve();
    });
    await allSettled(backend, 't', group);
    await consumer.stop();
    return values;
  };
  const positions = async (backend: Backend, group: string) => (await backend.positions('t', group))[0];
  /**
   * Moves a group and returns the numbers. Checks that a dry run has the same numbers and that the lag changes by them.
   */
  const move = async (backend: Backend, group: string, target: MoveTarget) => {
    const before = await positions(backend, group);
    const dry = await backend.move('t', group, target, { dryRun: true });
    expect(await positions(backend, group)).toEqual(before);
    const moved = await backend.move('t', group, target);
    expect(moved).toEqual(dry);
    const { from, to, again = 0, skipped = 0 } = moved[0] ?? {};
    const after = await positions(backend, group);
    expect(after).toMatchObject({ position: to, behind: (before?.behind ?? 0) + again - skipped });
    return { from, to, again, skipped };
  };
  /** Removes three of six records. The group `done` had settled them, the group `away` had expired. */
  const trimmed = async () => {
    const trimming = open({ retentionMs: 1, trimEveryMs: 10, groupExpiryMs: 100 });
    for (const group of ['done', 'away']) await trimming.createGroup('t', group, 'earliest');
    await publishAll(trimming, '1', '2', '3');
    await settleAll(trimming, 'done');
    const isEmpty = async () => (await valuesIn(trimming, 't')).length === 0;
    await until(isEmpty, { withinMs: 20_000, what: 'the topic to be empty' });
    await trimming.close();
    const backend = open();
    await publishAll(backend, '4', '5', '6');
    return backend;
  };

  beforeEach(() => {
    bench = workbench('embedded-moving');
  });
  afterEach(async () => {
    await Promise.all(backends.splice(0).map((backend) => backend.close()));
    await bench.clear();
  });

  it('counts what a vanished member had in hand, in a dry run too', async () => {
    const backend = open();
    await backend.createGroup('t', 'g', 'earliest');
    await publishAll(backend, '1', '2');
    await settleAll(backend, 'g');
    await publishAll(backend, '3', '4', '5');
    await vanish(bench.path, { topic: 't', group: 'g', leaseMs: 200 });
    const figures = await firstMove(backend, 'g');
    expect(figures).toEqual([{ partition: 0, from: '2', to: '0', again: 2, skipped: 0 }]);
    expect(await positions(backend, 'g')).toMatchObject({ partition: 0, position: '2', end: '5', behind: 3 });
    expect(await move(backend, 'g', { position: '4' })).toEqual({ from: '2', to: '4', again: 0, skipped: 2 });
    expect(await settleAll(backend, 'g')).toEqual(['5']);
    expect(await move(backend, 'g', 'start')).toEqual({ from: '5', to: '0', again: 5, skipped: 0 });
    expect(await settleAll(backend, 'g')).toEqual(['1 again', '2 again', '3', '4', '5 again']);
  });

  it('counts only what is still there after old events were removed', async () => {
    const backend = await trimmed();
    expect(await settleAll(backend, 'done')).toEqual(['4', '5', '6']);
    expect(await move(backend, 'done', 'start')).toEqual({ from: '6', to: '3', again: 3, skipped: 0 });
    expect(await move(backend, 'done', new Date(0))).toEqual({ from: '3', to: '3', again: 0, skipped: 0 });
    expect(await move(backend, 'done', { position: '5' })).toEqual({ from: '3', to: '5', again: 0, skipped: 2 });
    expect(await move(backend, 'done', 'start')).toEqual({ from: '5', to: '3', again: 2, skipped: 0 });
    expect(await settleAll(backend, 'done')).toEqual(['4 again', '5 again', '6 again']);
  });

  it('counts for a group that lost old events only those that it can get', async () => {
    const backend = await trimmed();
    expect(await move(backend, 'away', 'start')).toEqual({ from: '3', to: '3', again: 0, skipped: 0 });
    expect(await move(backend, 'away', 'end')).toEqual({ from: '3', to: '6', again: 0, skipped: 3 });
    expect(await move(backend, 'away', 'start')).toEqual({ from: '6', to: '3', again: 3, skipped: 0 });
    expect(await settleAll(backend, 'away')).toEqual(['4', '5', '6']);
  });

  it('counts what a vanished member had in hand after old events were removed', async () => {
    const backend = await trimmed();
    await vanish(bench.path, { topic: 't', group: 'done', leaseMs: 200 });
    const figures = await firstMove(backend, 'done');
    expect(figures).toEqual([{ partition: 0, from: '3', to: '3', again: 0, skipped: 0 }]);
    expect(await move(backend, 'done', 'end')).toEqual({ from: '3', to: '6', again: 0, skipped: 3 });
  });
});

/** A dry run to the start, as soon as the lease of the group's last member has ended. */
async function firstMove(backend: Backend, group: string): ReturnType<Backend['move']> {
  let moves: Awaited<ReturnType<Backend['move']>> = [];
  const isMoved = async () => {
    moves = await backend.move('t', group, 'start', { dryRun: true }).catch(() => []);
    return moves.length > 0;
  };
  await until(isMoved, { withinMs: 10_000, what: 'the lease of the vanished member to end' });
  return moves;
}
