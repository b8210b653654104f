import assert from 'node:assert/strict';

import type { Cases } from '../case.js';
import { idOf, numbered } from '../records.js';

export const reading: Cases = {
  'read gives all that is retained, oldest first, and ends': async (bench) => {
    assert.deepEqual(await bench.read(), []);
    const positions = await bench.publish(numbered(50));
    const read = await bench.read();
    assert.deepEqual(read.map(idOf), numbered(50));
    assert.deepEqual(
      read.map(({ position }) => position),
      positions,
    );
    assert.ok(read.every(({ isReplay }) => !isReplay));
  },

  'read may be left in the middle': async (bench) => {
    await bench.publish(numbered(50));
    for await (const record of bench.backend.read(bench.topic)) {
      assert.equal(idOf(record), '1');
      break;
    }
    assert.deepEqual((await bench.read()).map(idOf), numbered(50));
  },

  'read moves no group': async (bench) => {
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.publish(numbered(5));
    const before = await bench.backend.positions(bench.topic, bench.group);
    await bench.read();
    assert.deepEqual(await bench.backend.positions(bench.topic, bench.group), before);
    const member = bench.member();
    await bench.until(() => member.calls.length === 5, 'five records');
  },
};
