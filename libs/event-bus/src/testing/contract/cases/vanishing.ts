import assert from 'node:assert/strict';

import type { Bench } from '../bench.js';
import type { Cases } from '../case.js';
import type { Member } from '../member.js';
import { numbered } from '../records.js';

/** A record that crashes its process is recognized by the number of members that vanished while they held it. */
export const vanishing: Cases = {
  'a record tells how many members vanished with it in hand': async (bench) => {
    await bench.publish(['1']);
    await vanish(bench, 2);
    const heir = await heirOf(bench, ['1']);
    assert.equal(heir.call('1').record.abandoned, 2);
    await bench.publish(['2']);
    await bench.until(() => heir.calls.length === 2, 'the next record');
    assert.equal(heir.call('2').record.abandoned ?? 0, 0);
  },

  'a member that gives a record back when it stops has not vanished with it': async (bench) => {
    await bench.publish(['1']);
    const stopped = bench.member({ handle: (call) => call.held, stopBudgetMs: 1 });
    await bench.until(() => stopped.calls.length === 1, 'the record');
    await bench.stop(stopped);
    const heir = await heirOf(bench, ['1']);
    assert.equal(heir.call('1').record.abandoned ?? 0, 0);
  },

  'records behind one that ends its process do not share its count for long': async (bench) => {
    await bench.publish(numbered(10));
    await vanish(bench, 4);
    const heir = await heirOf(bench, numbered(10));
    assert.equal(heir.call('1').record.abandoned, 4);
    const others = heir.calls.filter(({ id }) => id !== '1').map(({ record }) => record.abandoned ?? 0);
    assert.ok(Math.max(...others) <= 2, `the others have the counts ${others.join()}`);
  },
};

/** Starts `times` members one after another and kills each while it holds the first record. */
async function vanish(bench: Bench, times: number): Promise<void> {
  for (let n = 1; n <= times; n += 1) {
    const name = `mortal-${n}`;
    const mortal = bench.consumer(name, { work: 'hold' });
    const holds = (): boolean => bench.log().some(({ by, id }) => by === name && id === '1');
    await bench.until(holds, `record 1 in the hands of ${name}`, bench.limits.takeoverMs);
    mortal.kill('SIGKILL');
    await bench.within(mortal.gone, `process ${name} to die`);
  }
}

async function heirOf(bench: Bench, ids: readonly string[]): Promise<Member> {
  const heir = bench.member();
  await bench.until(() => heir.calls.length >= ids.length, 'what is left behind', bench.limits.takeoverMs);
  assert.deepEqual(heir.ids.toSorted(), ids.toSorted());
  return heir;
}
