import assert from 'node:assert/strict';

import type { Cases } from '../case.js';
import { numbered, outgoing } from '../records.js';

/** A record is one member's at a time. */
export const losing: Cases = {
  'lost aborts when another member has taken the record, and consume goes on with others': async (bench) => {
    await bench.publish(['1']);
    const frozen = bench.consumer('frozen', { work: 'hold' });
    await bench.until(() => bench.log().some(({ what }) => what === 'handled'), 'the record in the other process');
    frozen.kill('SIGSTOP');
    const taker = bench.member({ handle: (call) => call.held });
    await bench.until(() => taker.calls.length === 1, 'the record to be taken over', bench.limits.takeoverMs);
    frozen.kill('SIGCONT');
    const lost = (): boolean => bench.log().some(({ what, id }) => what === 'lost' && id === '1');
    await bench.until(lost, 'lost to abort in the process that was frozen', bench.limits.takeoverMs);
    taker.call('1').finish();
    await bench.until(async () => (await bench.behind()) === 0, 'the record to be settled by the one that has it');
    await bench.stop(taker);
    await bench.publish(['2']);
    const handled = (): boolean => bench.log().some(({ what, id }) => what === 'handled' && id === '2');
    await bench.until(handled, 'the next record in the process that was frozen', bench.limits.takeoverMs);
  },

  'a member that lives keeps its record, however long its call takes': async (bench) => {
    const held = numbered(20, 'held-');
    const members = [bench.member({ handle: (call) => call.held }), bench.member({ backend: await bench.open() })];
    const [keeper, other] = members;
    assert.ok(keeper !== undefined && other !== undefined);
    // The keeper holds what it gets once both are there; what it gets before, it gets rid of.
    await bench.until(
      async () => {
        for (const call of keeper.openCalls) call.finish();
        await bench.backend.publish(numbered(20).map((id) => outgoing(bench.topic, id, `key-${id}`)));
        return members.every(({ calls }) => calls.length > 0);
      },
      'each member to get a record',
      bench.limits.takeoverMs,
    );
    await bench.until(async () => {
      for (const call of keeper.openCalls) call.finish();
      return (await bench.behind()) === 0;
    }, 'all to be settled');
    await bench.backend.publish(held.map((id) => outgoing(bench.topic, id, `key-${id.slice(5)}`)));
    await bench.until(() => keeper.openCalls.length > 0, 'the keeper to get a record');
    const kept = keeper.openCalls.map(({ id }) => id);
    await bench.stays(
      () => !other.ids.some((id) => kept.includes(id)) && !keeper.openCalls.some(({ lost }) => lost.aborted),
      'the keeper to keep its records',
      bench.limits.takeoverMs,
    );
  },
};
