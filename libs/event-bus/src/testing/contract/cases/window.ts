import assert from 'node:assert/strict';
import { setTimeout as work } from 'node:timers/promises';

import type { Bench } from '../bench.js';
import type { Cases } from '../case.js';
import type { Call } from '../member.js';
import { numbered, outgoing } from '../records.js';

export const windowCases: Cases = {
  'calls start in order within a partition': async (bench) => {
    await publishOnManyKeys(bench, 200);
    const member = bench.member({ maxInFlight: 8, handle: () => work(Math.random() * 5) });
    await bench.until(() => member.calls.length === 200, 'all records');
    const read = await bench.read();
    for (const partition of new Set(read.map((record) => record.partition))) {
      assert.deepEqual(
        member.calls.filter(({ record }) => record.partition === partition).map(({ record }) => record.position),
        read.filter((record) => record.partition === partition).map(({ position }) => position),
      );
    }
  },

  'maxInFlight calls are open at once, not fewer': async (bench) => {
    await bench.publish(numbered(20));
    const member = bench.member({ maxInFlight: 5, handle: (call) => call.held });
    await bench.until(() => member.openCalls.length === 5, 'five open calls');
  },

  'no more than maxInFlight calls are open at once': async (bench) => {
    await bench.publish(numbered(20));
    const member = bench.member({ maxInFlight: 5, handle: (call) => call.held });
    await bench.until(() => member.openCalls.length >= 5, 'five open calls');
    await bench.stays(
      () => member.openCalls.length === 5,
      () => `five calls are open, not ${member.openCalls.length}`,
    );
    member.call('1').finish();
    await bench.until(() => member.calls.length >= 6, 'the next call');
    await bench.stays(
      () => member.openCalls.length === 5,
      () => `five calls are open, not ${member.openCalls.length}`,
    );
  },

  'maxInFlight holds under load': async (bench) => {
    await publishOnManyKeys(bench, 500);
    const open = new Map<number, number>();
    let most = 0;
    const member = bench.member({
      maxInFlight: 7,
      handle: async ({ record }) => {
        const scope = bench.harness.inFlightScope === 'partition' ? record.partition : 0;
        open.set(scope, (open.get(scope) ?? 0) + 1);
        most = Math.max(most, open.get(scope) ?? 0);
        await work(Math.random() * 3);
        open.set(scope, (open.get(scope) ?? 0) - 1);
      },
    });
    await bench.until(() => member.calls.length === 500, 'all records');
    assert.ok(most <= 7, `${most} calls were open at once`);
  },

  'the window spans from the oldest unsettled to the newest handed over, finished ones included': async (bench) => {
    await bench.publish(numbered(20));
    const member = bench.member({ maxInFlight: 5, handle: heldIf('1') });
    await bench.until(() => member.calls.length >= 5, 'five records');
    await bench.stays(
      () => member.calls.length === 5,
      () => `five records are handed over, not ${member.calls.length}`,
    );
    member.call('1').finish();
    await bench.until(() => member.calls.length === 20, 'the rest');
  },
};

export const windowOfPartition: Cases = {
  'a full window holds up its own partition alone': async (bench) => {
    const member = bench.member({ maxInFlight: 3, handle: heldIf('held') });
    await bench.publish(['held', ...numbered(5)], { key: 'held' });
    await bench.until(() => member.calls.length >= 3, 'the full window');
    const full = member.call('held').record.partition;
    await publishOnManyKeys(bench, 100);
    const elsewhere = (await bench.read()).filter(({ partition }) => partition !== full).length;
    assert.ok(elsewhere > 3, 'the other partitions have records');
    await bench.until(
      () => member.calls.filter(({ record }) => record.partition !== full).length === elsewhere,
      'all records of the other partitions',
    );
    assert.equal(member.calls.filter(({ record }) => record.partition === full).length, 3);
  },
};

function heldIf(id: string): (call: Call) => Promise<void> {
  return (call) => (call.id === id ? call.held : Promise.resolve());
}

async function publishOnManyKeys({ backend, topic }: Bench, count: number): Promise<void> {
  await backend.publish(numbered(count).map((id) => outgoing(topic, id, `key-${Number(id) % 10}`)));
}
