import assert from 'node:assert/strict';
import { setTimeout as work } from 'node:timers/promises';

import type { Cases } from '../case.js';
import { numbered } from '../records.js';

export const stopping: Cases = {
  'at stop nothing more starts, although there is more': async (bench) => {
    await bench.publish(numbered(20));
    const member = bench.member({ maxInFlight: 3, handle: (call) => call.held });
    await bench.until(() => member.openCalls.length === 3, 'three open calls');
    member.stop();
    for (const id of ['1', '2', '3']) {
      member.call(id).finish();
      await bench.stays(() => member.calls.length === 3, 'nothing more starts', bench.limits.quietMs / 3);
    }
    await bench.ended(member);
    assert.deepEqual(member.ids, numbered(3));
  },

  'at stop nothing more starts under load': async (bench) => {
    await bench.publish(numbered(500));
    const member = bench.member({ handle: () => work(2) });
    await bench.until(() => member.calls.length > 20, 'some records');
    member.stop();
    const started = member.calls.length;
    await bench.ended(member);
    assert.equal(member.calls.length, started);
  },

  'at stop consume waits for the calls that run': async (bench) => {
    await bench.publish(numbered(3));
    const member = bench.member({ handle: (call) => call.held });
    await bench.until(() => member.openCalls.length === 3, 'three open calls');
    member.stop();
    member.call('1').finish();
    member.call('2').finish();
    await bench.stays(() => member.state === 'running', 'consume waits for the last call');
    assert.equal(member.call('3').lost.aborted, false, 'the budget is not spent');
    member.call('3').finish();
    await bench.ended(member);
  },

  'at stop the calls that run are settled before consume resolves': async (bench) => {
    await bench.publish(numbered(5));
    const member = bench.member({ maxInFlight: 3, handle: (call) => call.held });
    await bench.until(() => member.openCalls.length === 3, 'three open calls');
    member.stop();
    for (const call of member.openCalls) call.finish();
    await bench.ended(member);
    assert.equal(await bench.behind(), 2);
  },

  'after a stop another member continues at once, without duplicates': async (bench) => {
    await bench.publish(numbered(300));
    const first = bench.member({ backend: await bench.open(), handle: () => work(2) });
    await bench.until(() => first.calls.length > 50, 'some records');
    await bench.stop(first);
    assert.ok(first.calls.length < 300, 'the first member was stopped in the middle');
    const second = bench.member({ backend: await bench.open() });
    await bench.publish(['301']);
    await bench.until(() => second.calls.length > 0, 'the first record of the next member', bench.limits.handoverMs);
    await bench.until(() => second.ids.includes('301'), 'the last record');
    assert.deepEqual([...first.ids, ...second.ids], numbered(301));
  },

  'lost aborts when the stop budget is spent, and what rejects then is unsettled and no error': async (bench) => {
    await bench.publish(numbered(3));
    const member = bench.member({
      handle: (call) => (call.id === '2' ? call.held : Promise.resolve()),
      stopBudgetMs: 50,
    });
    await bench.until(() => member.calls.length === 3, 'three records');
    const { lost } = member.call('2');
    assert.equal(lost.aborted, false);
    await bench.stop(member);
    assert.ok(lost.aborted, 'lost is aborted');
    const next = bench.member();
    await bench.until(() => next.ids.includes('2'), 'the unsettled record', bench.limits.takeoverMs);
    assert.ok(!next.ids.includes('1'));
  },

  'lost does not abort before the stop budget is spent': async (bench) => {
    await bench.publish(['1']);
    const member = bench.member({ handle: (call) => call.held });
    await bench.until(() => member.calls.length === 1, 'the record');
    member.stop();
    await bench.stays(() => !member.call('1').lost.aborted, 'the call has its budget');
  },

  'a call that rejects after stop leaves its record unsettled and is no error': async (bench) => {
    await bench.publish(numbered(3));
    const member = bench.member({ handle: (call) => call.held });
    await bench.until(() => member.openCalls.length === 3, 'three open calls');
    member.stop();
    member.call('1').finish();
    member.call('2').fail(new Error('too late to be handled'));
    member.call('3').fail(new Error('too late to be handled'));
    await bench.ended(member);
    const next = bench.member();
    await bench.until(() => next.calls.length === 2, 'the unsettled records', bench.limits.takeoverMs);
    assert.deepEqual(next.ids, ['2', '3']);
  },

  'with stop aborted before, consume resolves and hands nothing over': async (bench) => {
    await bench.publish(['1']);
    const stopping = new AbortController();
    stopping.abort();
    const member = bench.member({ stopping });
    await bench.within(member.ended, 'consume to resolve', bench.limits.promptMs);
    assert.deepEqual(member.ids, []);
  },

  'consume may be called again on the same backend after a stop': async (bench) => {
    for (const id of numbered(3)) {
      await bench.publish([id]);
      const member = bench.member();
      await bench.until(() => member.calls.length > 0, `record ${id}`);
      await bench.stop(member);
      assert.deepEqual(member.ids, [id]);
    }
  },

  'a member that waits for records stops at once': async (bench) => {
    const member = bench.member();
    await bench.groupIsMade();
    member.stop();
    await bench.within(member.ended, 'consume to resolve', bench.limits.promptMs);
  },
};
