import assert from 'node:assert/strict';

import type { GroupMove, MoveOptions } from '../../../core/backend.js';
import { AdminError } from '../../../core/errors.js';
import type { Bench } from '../bench.js';
import type { Cases } from '../case.js';
import { handle, replayed, settle, sum } from './moving.js';

const ONCE: MoveOptions = { once: 'the first reason' };
const OTHER: MoveOptions = { once: 'another reason' };

export const movingOnce: Cases = {
  'a group is moved once for the same, also over a restart, and goes on where it stood': async (bench) => {
    await settle(bench, 5);
    assert.deepEqual(sum(await toStart(bench, ONCE)), { again: 5, skipped: 0 });
    await handle(bench, 3);
    const restarted = await bench.open();
    assert.deepEqual(await restarted.move(bench.topic, bench.group, 'start', ONCE), []);
    assert.equal(await bench.behind(), 2);
    assert.deepEqual(await replayed(bench), ['4 again', '5 again', 'last']);
  },

  'a group is moved again for something else, and not for what came before it': async (bench) => {
    await settle(bench, 2);
    await toStart(bench, ONCE);
    await handle(bench, 2);
    assert.deepEqual(sum(await toStart(bench, OTHER)), { again: 2, skipped: 0 });
    await handle(bench, 2);
    assert.deepEqual([...(await toStart(bench, ONCE)), ...(await toStart(bench, OTHER))], []);
    assert.equal(await bench.behind(), 0);
    assert.deepEqual(sum(await toStart(bench, {})), { again: 2, skipped: 0 });
    assert.deepEqual(await toStart(bench, ONCE), []);
  },

  'a group that is where it would be moved to is moved for it all the same': async (bench) => {
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.publish(['1']);
    assert.deepEqual(sum(await toStart(bench, ONCE)), { again: 0, skipped: 0 });
    await handle(bench, 1);
    assert.deepEqual(await toStart(bench, ONCE), []);
    assert.equal(await bench.behind(), 0);
  },

  'a dry run does not count as moved, and tells when it was': async (bench) => {
    await settle(bench, 2);
    const dry = await toStart(bench, { ...ONCE, dryRun: true });
    assert.deepEqual(await toStart(bench, ONCE), dry);
    assert.deepEqual(await toStart(bench, { ...ONCE, dryRun: true }), []);
  },

  'a group with members is not moved for something new, and may be asked for what it was moved for': async (bench) => {
    await settle(bench, 2);
    await toStart(bench, ONCE);
    const member = bench.member({ backend: await bench.open() });
    await bench.until(async () => member.calls.length === 2 && (await bench.behind()) === 0, 'two settled records');
    assert.deepEqual(await toStart(bench, ONCE), []);
    await assert.rejects(toStart(bench, OTHER), AdminError);
    await bench.stop(member);
    assert.equal(await bench.behind(), 0);
    assert.deepEqual(sum(await toStart(bench, OTHER)), { again: 2, skipped: 0 });
  },

  'of processes that move a group for the same and consume, all go on and each record comes again once': async (
    bench,
  ) => {
    await settle(bench, 6);
    const backends = [await bench.open(), await bench.open(), await bench.open()];
    const outcomes = await Promise.all(
      backends.map(async (backend) => {
        const asked = await backend.move(bench.topic, bench.group, 'start', ONCE).then(
          () => 'goes on',
          (error: unknown) => error,
        );
        return { asked, member: bench.member({ backend }) };
      }),
    );
    const got = () => outcomes.flatMap(({ member }) => member.calls);
    await bench.until(async () => got().length >= 6 && (await bench.behind()) === 0, 'all records again');
    for (const { asked, member } of outcomes) {
      assert.equal(asked, 'goes on');
      await bench.stop(member);
    }
    const ids = got().map(({ id, record }) => (record.isReplay ? `${id} again` : id));
    assert.deepEqual(ids.toSorted(), ['1 again', '2 again', '3 again', '4 again', '5 again', '6 again']);
  },

  'what one group was moved for is not what others were': async (bench) => {
    const other = bench.name('other');
    await settle(bench, 1);
    await bench.backend.createGroup(bench.topic, other, 'latest');
    await toStart(bench, ONCE);
    const moved = await bench.backend.move(bench.topic, other, 'start', ONCE);
    assert.deepEqual(sum(moved), { again: 1, skipped: 0 });
  },
};

function toStart({ backend, topic, group }: Bench, options: MoveOptions): Promise<readonly GroupMove[]> {
  return backend.move(topic, group, 'start', options);
}
