import assert from 'node:assert/strict';

import type { Bench } from '../bench.js';
import type { Cases } from '../case.js';
import type { Member } from '../member.js';
import { numbered } from '../records.js';

export const settling: Cases = {
  'a record is not settled before its call resolves': async (bench) => {
    await bench.publish(['1']);
    const member = bench.member({ handle: (call) => call.held });
    await bench.until(() => member.calls.length === 1, 'the record');
    await bench.stays(async () => (await bench.behind()) === 1, 'the record is unsettled');
  },

  'a record is settled when its call resolves': async (bench) => {
    await bench.publish(['1']);
    const member = bench.member({ handle: (call) => call.held });
    await bench.until(() => member.calls.length === 1, 'the record');
    member.call('1').finish();
    await bench.until(async () => (await bench.behind()) === 0, 'the record to be settled');
  },

  'the end of each burst is settled, though no record comes after it': async (bench) => {
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    // A handler as fast as possible: it ends while the previous record is being settled.
    const stopping = new AbortController();
    const subscription = { topic: bench.topic, group: bench.group, member: 'quick', start: 'earliest' } as const;
    const ended = bench.backend.consume(
      { ...subscription, maxInFlight: 10, stopBudgetMs: 60_000 },
      () => Promise.resolve(),
      stopping.signal,
    );
    for (let burst = 1; burst <= 40; burst += 1) {
      await bench.publish(numbered(burst));
      await bench.until(async () => (await bench.behind()) === 0, `a burst of ${burst} to be settled`);
    }
    stopping.abort();
    await bench.within(ended, 'the member to end');
  },

  'a record whose call was pending goes to the next member': async (bench) => {
    await bench.publish(numbered(3));
    const first = bench.member({ handle: (call) => call.held, stopBudgetMs: 1 });
    await bench.until(() => first.calls.length === 3, 'three records');
    await bench.stop(first);
    const second = bench.member();
    await bench.until(() => second.calls.length === 3, 'the same three records', bench.limits.takeoverMs);
    assert.deepEqual(second.ids, numbered(3));
    // Only records of a group that was moved back are replays.
    assert.ok(second.calls.every(({ record }) => !record.isReplay));
  },
};

export const settlingEntries: Cases = {
  'each finished record is settled by itself': async (bench) => {
    const first = await holdOneAndThree(bench);
    await bench.until(async () => (await bench.behind()) === 2, 'the finished records to be settled');
    await bench.stop(first);
    const second = bench.member();
    await bench.until(() => second.calls.length >= 2, 'the unfinished records', bench.limits.takeoverMs);
    await bench.until(async () => (await bench.behind()) === 0, 'all to be settled');
    assert.deepEqual(second.ids, ['1', '3']);
  },
};

export const settlingPrefixes: Cases = {
  'the longest finished prefix of a partition is settled, and nothing behind it': async (bench) => {
    const first = await holdOneAndThree(bench);
    await bench.stays(async () => (await bench.behind()) === 5, 'all is unsettled behind the first record');
    first.call('1').finish();
    await bench.until(async () => (await bench.behind()) === 3, 'the first two to be settled');
    await bench.stop(first);
    const second = bench.member();
    await bench.until(() => second.calls.length >= 3, 'the rest', bench.limits.takeoverMs);
    assert.deepEqual(second.ids, ['3', '4', '5']);
  },
};

/** Resolves with a member that has finished three of five records and still holds the first and the third. */
async function holdOneAndThree(bench: Bench): Promise<Member> {
  await bench.publish(numbered(5));
  const member = bench.member({
    handle: (call) => (call.id === '1' || call.id === '3' ? call.held : Promise.resolve()),
    stopBudgetMs: 1,
  });
  await bench.until(() => member.calls.length === 5 && member.openCalls.length === 2, 'five records, two of them open');
  return member;
}
