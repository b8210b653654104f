import assert from 'node:assert/strict';

import type { GroupMove, MoveTarget } from '../../../core/backend.js';
import { AdminError } from '../../../core/errors.js';
import type { Bench } from '../bench.js';
import type { Cases } from '../case.js';
import { numbered } from '../records.js';

export const moving: Cases = {
  'a group moved to the start gets all that is retained, marked as a replay, and new records unmarked': async (
    bench,
  ) => {
    await settle(bench, 5);
    await move(bench, 'start');
    await bench.publish(['6', '7']);
    assert.deepEqual(await replayed(bench), ['1 again', '2 again', '3 again', '4 again', '5 again', '6', '7', 'last']);
  },

  'a replay stays a replay when another member continues it': async (bench) => {
    await settle(bench, 5);
    await move(bench, 'start');
    const member = bench.member({
      maxInFlight: 1,
      handle: (call) => (call.id === '3' ? call.held : Promise.resolve()),
    });
    await bench.until(() => member.calls.length === 3, 'three records');
    member.stop();
    member.call('3').finish();
    await bench.ended(member);
    assert.deepEqual(await replayed(bench), ['4 again', '5 again', 'last']);
  },

  'a replay stays one when the group is moved back again in the middle of it': async (bench) => {
    await settle(bench, 4);
    await move(bench, 'start');
    await handle(bench, 2);
    await move(bench, 'start');
    assert.deepEqual(await replayed(bench), ['1 again', '2 again', '3 again', '4 again', 'last']);
  },

  'what a move skipped is no replay when the group is moved back': async (bench) => {
    await settle(bench, 2);
    await bench.publish(['3', '4']);
    await move(bench, 'end');
    await settle(bench, 1, 4);
    await move(bench, 'start');
    assert.deepEqual(await replayed(bench), ['1 again', '2 again', '3', '4', '5 again', 'last']);
  },

  'what lay before a group that began at latest is no replay when it is moved back': async (bench) => {
    await bench.publish(['1', '2']);
    await bench.backend.createGroup(bench.topic, bench.group, 'latest');
    await settle(bench, 2, 2);
    await move(bench, 'start');
    assert.deepEqual(await replayed(bench), ['1', '2', '3 again', '4 again', 'last']);
  },

  'a group moved to the end gets what is published afterwards': async (bench) => {
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.publish(numbered(5));
    await move(bench, 'end');
    assert.equal(await bench.behind(), 0);
    assert.deepEqual(await replayed(bench), ['last']);
  },

  'a group moved to a time gets the records made at or after it': async (bench) => {
    await settle(bench, 3);
    const time = await bench.now();
    await settle(bench, 2, 3);
    await move(bench, time);
    assert.equal(await bench.behind(), 2);
    assert.deepEqual(await replayed(bench), ['4 again', '5 again', 'last']);
  },

  'a group moved to a position gets the record there next': async (bench) => {
    const positions = await settle(bench, 5);
    await move(bench, { position: positions[2] ?? '' });
    assert.equal(await bench.behind(), 3);
    assert.deepEqual(await replayed(bench), ['3 again', '4 again', '5 again', 'last']);
  },

  'a group moved forward skips what lies between': async (bench) => {
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    const positions = await bench.publish(numbered(5));
    await move(bench, { position: positions[3] ?? '' });
    assert.deepEqual(await replayed(bench), ['4', '5', 'last']);
  },

  'a move tells from where to where, in every partition': async (bench) => {
    const { backend, topic, group } = bench;
    await settle(bench, 5);
    const before = await backend.positions(topic, group);
    const back = await move(bench, 'start');
    const between = await backend.positions(topic, group);
    const forth = await move(bench, 'end');
    const after = await backend.positions(topic, group);
    const expected = (from: typeof before, to: typeof before): unknown =>
      from.map(({ partition, position }, index) => ({ partition, from: position, to: to[index]?.position }));
    const places = (moves: readonly GroupMove[]) => moves.map(({ partition, from, to }) => ({ partition, from, to }));
    assert.deepEqual(places(back), expected(before, between));
    assert.deepEqual(places(forth), expected(between, after));
    assert.notDeepEqual(before, between);
  },

  'a move tells how many records come again and how many are skipped': async (bench) => {
    const positions = await settle(bench, 5);
    await bench.publish(['6', '7', '8']);
    assert.deepEqual(sum(await move(bench, 'start')), { again: 5, skipped: 0 });
    assert.deepEqual(sum(await move(bench, { position: positions[3] ?? '' })), { again: 0, skipped: 3 });
    assert.deepEqual(sum(await move(bench, 'end')), { again: 0, skipped: 5 });
    assert.deepEqual(sum(await move(bench, 'end')), { again: 0, skipped: 0 });
    assert.deepEqual(sum(await move(bench, 'start')), { again: 8, skipped: 0 });
  },

  'what a move tells is what the lag grows and falls by, whatever was in hand': async (bench) => {
    const positions = await bench.publish(numbered(6));
    for (const target of ['start', { position: positions[2] ?? '' }, 'end'] satisfies MoveTarget[]) {
      const member = bench.member({ handle: (call) => (call.id === '2' ? call.held : Promise.resolve()) });
      await bench.publish([`before ${JSON.stringify(target)}`]);
      await bench.until(() => member.calls.length > 1, 'records of which one is held');
      member.stop();
      for (const call of member.openCalls) call.fail(new Error('not handled'));
      await bench.ended(member);
      const before = await bench.behind();
      const { again, skipped } = sum(await move(bench, target));
      assert.equal(await bench.behind(), before + again - skipped);
    }
  },

  'a dry run tells what a move would do and changes nothing': async (bench) => {
    const { backend, topic, group } = bench;
    const positions = await settle(bench, 5);
    const before = await backend.positions(topic, group);
    for (const target of ['start', 'end', { position: positions[1] ?? '' }] satisfies MoveTarget[]) {
      const dry = await backend.move(topic, group, target, { dryRun: true });
      assert.deepEqual(await backend.positions(topic, group), before);
      assert.deepEqual(await move(bench, target), dry);
      await move(bench, 'end');
    }
    assert.deepEqual(await replayed(bench), ['last']);
  },

  'a group is not moved while it has members, and may be as soon as they have stopped': async (bench) => {
    const { backend, topic, group } = bench;
    await bench.publish(numbered(3));
    const member = bench.member({ backend: await bench.open() });
    await bench.until(async () => member.calls.length === 3 && (await bench.behind()) === 0, 'three settled records');
    await assert.rejects(backend.move(topic, group, 'start'), AdminError);
    await assert.rejects(backend.move(topic, group, 'start', { dryRun: true }), AdminError);
    assert.equal(await bench.behind(), 0);
    await bench.stop(member);
    await move(bench, 'start');
    assert.equal(await bench.behind(), 3);
  },

  'a group is not moved to a position that is none': async (bench) => {
    await settle(bench, 3);
    await assert.rejects(move(bench, { position: 'no such position' }), AdminError);
    assert.equal(await bench.behind(), 0);
  },

  'a move of one group leaves the others alone': async (bench) => {
    const other = bench.name('other');
    await settle(bench, 3);
    await bench.backend.createGroup(bench.topic, other, 'earliest');
    await bench.backend.move(bench.topic, other, 'end');
    await bench.backend.move(bench.topic, other, 'start');
    assert.deepEqual(await replayed(bench), ['last']);
  },
};

/** The numbers of a move, summed over all partitions. */
export function sum(moves: readonly GroupMove[]): Pick<GroupMove, 'again' | 'skipped'> {
  const total = (figure: 'again' | 'skipped') => moves.reduce((all, move) => all + move[figure], 0);
  return { again: total('again'), skipped: total('skipped') };
}

function move({ backend, topic, group }: Bench, to: MoveTarget): Promise<readonly GroupMove[]> {
  return backend.move(topic, group, to);
}

/** Publishes `count` records with one key and lets the group settle them. Resolves with their positions. */
export async function settle(bench: Bench, count: number, after = 0): Promise<readonly string[]> {
  const positions = await bench.publish(numbered(after + count).slice(after));
  await handle(bench, count);
  return positions;
}

/** Lets the group settle exactly `count` records. */
export async function handle(bench: Bench, count: number): Promise<void> {
  const member = bench.member({ maxInFlight: 1, handle: (call) => call.held });
  for (let n = 1; n <= count; n += 1) {
    await bench.until(() => member.calls.length === n, `record ${n} of ${count}`);
    if (n === count) member.stop();
    member.calls.at(-1)?.finish();
  }
  await bench.ended(member);
}

/**
 * Publishes a last record and returns all ids that the group gets up to it. Replayed records are marked with `again`.
 */
export async function replayed(bench: Bench): Promise<readonly string[]> {
  await bench.publish(['last']);
  const member = bench.member();
  await bench.until(() => member.ids.includes('last'), 'the last record');
  return member.calls.map(({ id, record }) => (record.isReplay ? `${id} again` : id));
}
