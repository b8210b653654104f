import assert from 'node:assert/strict';

import type { Bench } from '../bench.js';
import type { Cases } from '../case.js';
import type { Member } from '../member.js';
import { numbered } from '../records.js';

/** The process is leaving if a call rejects although its record is not lost and no stop was requested. */
export const leaving: Cases = {
  'consume rejects with the very error of a call that rejects': async (bench) => {
    const error = new Error('the process leaves');
    await bench.publish(['1']);
    const member = bench.member({ handle: () => Promise.reject(error) });
    assert.equal(await rejectionOf(bench, member), error);
  },

  'nothing later starts when a call has rejected': async (bench) => {
    const member = await holdThree(bench);
    member.call('1').fail(new Error('the process leaves'));
    member.call('2').finish();
    await bench.stays(() => member.calls.length === 3, 'nothing more starts');
    member.call('3').finish();
    await rejectionOf(bench, member);
    assert.deepEqual(member.ids, numbered(3));
  },

  'calls that run when another rejects end before consume rejects': async (bench) => {
    const member = await holdThree(bench);
    member.call('2').fail(new Error('the process leaves'));
    await bench.stays(() => member.state === 'running', 'consume waits for the calls that run');
    assert.equal(member.call('1').lost.aborted, false);
    member.call('1').finish();
    member.call('3').finish();
    await rejectionOf(bench, member);
  },

  'calls that run when another rejects are settled, the rejected one is not': async (bench) => {
    const member = await holdThree(bench);
    member.call('3').fail(new Error('the process leaves'));
    member.call('1').finish();
    member.call('2').finish();
    await rejectionOf(bench, member);
    assert.equal(await bench.behind(), 18);
    const next = bench.member();
    await bench.until(() => new Set(next.ids).size === 18, 'the rest', bench.limits.takeoverMs);
    assert.deepEqual(next.ids.toSorted(), numbered(20).slice(2).toSorted());
  },

  'consume may be called again on the same backend after a rejection': async (bench) => {
    await bench.publish(['1']);
    const leaves = bench.member({ handle: () => Promise.reject(new Error('the process leaves')) });
    await rejectionOf(bench, leaves);
    const stays = bench.member();
    await bench.until(() => stays.calls.length === 1, 'the record again', bench.limits.takeoverMs);
  },
};

async function holdThree(bench: Bench): Promise<Member> {
  await bench.publish(numbered(20));
  const member = bench.member({ maxInFlight: 3, handle: (call) => call.held });
  await bench.until(() => member.openCalls.length === 3, 'three open calls');
  return member;
}

function rejectionOf(bench: Bench, member: Member): Promise<unknown> {
  return bench.ended(member).then(
    () => assert.fail('consume resolved'),
    (error: unknown) => {
      assert.equal(member.state, 'rejected', String(error));
      return error;
    },
  );
}
