import assert from 'node:assert/strict';

import { RecordRefusedError } from '../../../core/errors.js';
import type { Bench } from '../bench.js';
import type { Cases } from '../case.js';
import { idOf, numbered, outgoing, text } from '../records.js';

export const publishing: Cases = {
  'publish resolves with the positions of its records, in their order': async (bench) => {
    const ids = numbered(9);
    const positions = await bench.backend.publish(
      ids.map((id, index) => outgoing(bench.topic, id, `key-${index % 3}`)),
    );
    const member = bench.member();
    await bench.until(() => member.calls.length === ids.length, 'nine records');
    assert.deepEqual(
      positions,
      ids.map((id) => member.call(id).record.position),
    );
    assert.equal(new Set(positions).size, ids.length);
  },

  'one publish takes records of several topics': async (bench) => {
    const other = bench.name('other');
    await bench.backend.createTopic(other);
    const positions = await bench.backend.publish([
      outgoing(bench.topic, '1', 'k'),
      outgoing(other, '2', 'k'),
      outgoing(bench.topic, '3', 'k'),
      outgoing(other, '4', 'k'),
    ]);
    const [here, there] = [await bench.read(), await bench.read(other)];
    assert.deepEqual(
      [here.map(idOf), there.map(idOf)],
      [
        ['1', '3'],
        ['2', '4'],
      ],
    );
    assert.deepEqual(
      positions,
      [here[0], there[0], here[1], there[1]].map((record) => record?.position),
    );
  },

  'publish of nothing resolves with nothing': async (bench) => {
    assert.deepEqual(await bench.backend.publish([]), []);
  },

  'publish makes a topic that is missing': async (bench) => {
    const topic = bench.name('missing');
    await bench.publish(['1'], { topic });
    assert.deepEqual((await bench.read(topic)).map(idOf), ['1']);
  },

  'the order of one key is the order of the calls, also when they do not wait for each other': async (bench) => {
    const keys = ['a', 'b', 'c'];
    const ids = numbered(300);
    // Some calls have several records, so the case also tests how calls are combined.
    const calls: Promise<unknown>[] = [];
    for (let next = 0; next < ids.length; next += 1 + (next % 3)) {
      const records = ids.slice(next, next + 1 + (next % 3));
      calls.push(bench.backend.publish(records.map((id) => outgoing(bench.topic, id, keys[Number(id) % 3] ?? ''))));
    }
    await Promise.all(calls);
    const read = await bench.read();
    for (const [index, key] of keys.entries()) {
      assert.deepEqual(
        read.filter((record) => text(record.key) === key).map(idOf),
        ids.filter((id) => Number(id) % 3 === index),
      );
    }
  },

  'a record as large as maxRecordBytes is taken': async (bench) => {
    const value = new Uint8Array(bench.backend.maxRecordBytes - 1);
    await bench.backend.publish([{ ...outgoing(bench.topic, '', 'k'), value }]);
    const [record] = await bench.read();
    assert.equal(record?.value?.length, value.length);
  },

  'a record that is too large is refused': async (bench) => {
    await assert.rejects(bench.backend.publish([oversized(bench)]), RecordRefusedError);
    assert.deepEqual(await bench.read(), []);
  },

  'a refused record fails its own call alone among those made together': async (bench) => {
    const ids = numbered(20);
    const calls = ids.map((id) =>
      bench.backend.publish([id === '10' ? oversized(bench) : outgoing(bench.topic, id, 'k')]),
    );
    const results = await bench.within(Promise.allSettled(calls), 'all calls to settle');
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    const taken = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    assert.equal(refused.length, 1);
    assert.ok(refused[0] instanceof RecordRefusedError, String(refused[0]));
    const read = await bench.read();
    assert.deepEqual(
      read.map(idOf),
      ids.filter((id) => id !== '10'),
    );
    assert.deepEqual(
      taken,
      read.map(({ position }) => position),
    );
  },

  'a publish that nobody waits for any more is not sent, and the others keep their order': async (bench) => {
    const ids = numbered(20);
    const givingUp = new AbortController();
    const reason = new Error('nobody waits for it');
    const calls = ids.map((id) =>
      bench.backend.publish([outgoing(bench.topic, id, 'k')], Number(id) % 5 === 0 ? { signal: givingUp.signal } : {}),
    );
    givingUp.abort(reason);
    const results = await bench.within(Promise.allSettled(calls), 'all calls to settle');
    const rejected = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    assert.deepEqual(rejected, [reason, reason, reason, reason]);
    assert.deepEqual(
      (await bench.read()).map(idOf),
      ids.filter((id) => Number(id) % 5 !== 0),
    );
  },

  'a record published through one backend reaches a member of another that waits': async (bench) => {
    const member = bench.member({ backend: await bench.open() });
    await bench.groupIsMade();
    for (const id of numbered(10)) {
      await bench.publish([id], { key: `key-${id}` });
      await bench.until(() => member.ids.includes(id), `record ${id}`, bench.limits.promptMs);
    }
  },
};

function oversized({ backend, harness, topic }: Bench): ReturnType<typeof outgoing> {
  const size = harness.oversizedBytes ?? backend.maxRecordBytes + 1;
  return { ...outgoing(topic, '', 'k'), value: new Uint8Array(size) };
}
