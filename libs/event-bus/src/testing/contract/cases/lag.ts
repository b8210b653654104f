import assert from 'node:assert/strict';

import type { Cases } from '../case.js';
import { idOf, numbered } from '../records.js';

export const lag: Cases = {
  'behind counts what the group has not settled, and falls to 0': async (bench) => {
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    assert.equal(await bench.behind(), 0);
    await bench.publish(numbered(10));
    assert.equal(await bench.behind(), 10);
    const member = bench.member({ handle: (call) => (Number(call.id) > 6 ? call.held : Promise.resolve()) });
    await bench.until(() => member.calls.length === 10, 'ten records');
    await bench.until(async () => (await bench.behind()) === 4, 'six to be settled');
    for (const call of member.openCalls) call.finish();
    await bench.until(async () => (await bench.behind()) === 0, 'all to be settled');
  },

  'groups have a lag each': async (bench) => {
    const other = bench.name('other');
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.backend.createGroup(bench.topic, other, 'earliest');
    await bench.publish(numbered(5));
    const member = bench.member({ group: other });
    await bench.until(() => member.calls.length === 5, 'five records');
    await bench.stop(member);
    assert.equal(await bench.behind(), 5);
  },

  'position is where the oldest unsettled record lies': async (bench) => {
    const published = await bench.publish(numbered(5));
    const member = bench.member({ handle: (call) => (Number(call.id) > 3 ? call.held : Promise.resolve()) });
    await bench.until(() => member.calls.length === 5, 'five records');
    await bench.until(async () => (await bench.behind()) === 2, 'three to be settled');
    const { partition } = member.call('4').record;
    const positions = await bench.backend.positions(bench.topic, bench.group);
    assert.equal(positions.find((of) => of.partition === partition)?.position, published[3]);
  },

  'oldestAt is when the oldest unsettled record was made, and null without one': async (bench) => {
    const oldest = async () => {
      const positions = await bench.backend.positions(bench.topic, bench.group);
      const times = positions.flatMap(({ behind, oldestAt }) => (behind === 0 ? [] : [oldestAt]));
      for (const { behind, oldestAt } of positions) assert.equal(oldestAt === null, behind === 0);
      return times.length === 0 ? null : Math.min(...times.map(Number));
    };
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    assert.equal(await oldest(), null);
    for (const id of numbered(4)) await bench.publish([id]);
    const made = new Map((await bench.read()).map((record) => [idOf(record), record.timestamp]));
    assert.equal(await oldest(), Math.min(...made.values()));
    const member = bench.member({ handle: (call) => (Number(call.id) > 2 ? call.held : Promise.resolve()) });
    await bench.until(() => member.calls.length === 4, 'four records');
    await bench.until(async () => (await bench.behind()) === 2, 'two to be settled');
    assert.equal(await oldest(), Math.min(made.get('3') ?? 0, made.get('4') ?? 0));
    for (const call of member.openCalls) call.finish();
    await bench.until(async () => (await bench.behind()) === 0, 'all to be settled');
    assert.equal(await oldest(), null);
  },

  'end is where the next published record will lie': async (bench) => {
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    for (const id of numbered(3)) {
      const before = await bench.backend.positions(bench.topic, bench.group);
      const [position] = await bench.publish([id]);
      const { partition } = (await bench.read()).at(-1) ?? {};
      assert.equal(before.find((of) => of.partition === partition)?.end, position);
    }
  },

  'a group that has settled all stands at the end of every partition': async (bench) => {
    await bench.publish(numbered(5));
    const member = bench.member();
    await bench.until(() => member.calls.length === 5, 'five records');
    await bench.stop(member);
    const positions = await bench.backend.positions(bench.topic, bench.group);
    assert.equal(positions.length, bench.harness.partitions ?? 1);
    for (const { position, end, behind } of positions) assert.deepEqual([position, behind], [end, 0]);
  },
};
