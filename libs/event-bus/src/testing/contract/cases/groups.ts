import assert from 'node:assert/strict';
import { setTimeout as work } from 'node:timers/promises';

import type { Cases } from '../case.js';
import type { Member } from '../member.js';
import { numbered, text } from '../records.js';
import { publishOnKeys, publishUntilAllGet } from '../sharing.js';

export const groups: Cases = {
  'records of one key are handed over in the order of their publishing': async (bench) => {
    const keys = ['a', 'b', 'c'];
    await publishOnKeys(bench, keys, 300);
    const member = bench.member();
    await bench.until(() => member.calls.length === 300, 'all records');
    for (const key of keys) {
      const ids = member.calls.filter(({ record }) => text(record.key) === key).map(({ id }) => Number(id));
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => a - b),
      );
    }
    assert.equal(new Set(member.ids).size, 300);
  },

  'every group gets every record': async (bench) => {
    await bench.publish(numbered(20));
    const members = ['one', 'two', 'three'].map((label) => bench.member({ group: bench.name(label) }));
    for (const member of members) {
      await bench.until(() => member.calls.length === 20, 'every record');
      assert.deepEqual(member.ids, numbered(20));
    }
  },

  'members of a group share its records: each goes to one of them': async (bench) => {
    const members = [bench.member(), bench.member({ backend: await bench.open() })];
    await bench.groupIsMade();
    await publishOnKeys(bench, numbered(20, 'key-'), 400);
    await bench.until(() => handled(members).length >= 400, 'all records');
    await Promise.all(members.map((member) => bench.stop(member)));
    assert.deepEqual(handled(members), numbered(400).toSorted());
  },

  'of two members of a group both get records': async (bench) => {
    const members = [bench.member(), bench.member({ backend: await bench.open() })];
    await publishUntilAllGet(bench, members);
  },

  'a member that joins or stops costs no duplicate': async (bench) => {
    const handle = (): Promise<void> => work(2);
    const first = bench.member({ backend: await bench.open(), handle });
    const published = await publishUntilAllGet(bench, [first]);
    const second = bench.member({ backend: await bench.open(), handle });
    const more = await publishUntilAllGet(bench, [second], published);
    await bench.stop(first);
    const all = more + 100;
    await publishOnKeys(bench, numbered(20, 'key-'), 100, more);
    await bench.until(() => new Set(handled([first, second])).size === all, 'all records', bench.limits.takeoverMs);
    await bench.stop(second);
    assert.deepEqual(handled([first, second]), numbered(all).toSorted());
  },

  'a group continues behind the last settled record after a restart': async (bench) => {
    await bench.publish(numbered(10));
    const before = await bench.open();
    const first = bench.member({ backend: before });
    await bench.until(() => first.calls.length === 10, 'ten records');
    await bench.stop(first);
    await before.close();
    await bench.publish(['11', '12']);
    const second = bench.member({ backend: await bench.open() });
    await bench.until(() => second.ids.includes('12'), 'the last record');
    assert.deepEqual(second.ids, ['11', '12']);
  },

  'two members of different groups run side by side on one backend': async (bench) => {
    const other = bench.name('other');
    await bench.backend.createTopic(other);
    const here = bench.member();
    const there = bench.member({ topic: other, group: bench.name('group-of-other') });
    await bench.publish(['1']);
    await bench.publish(['2'], { topic: other });
    await bench.until(() => here.calls.length === 1 && there.calls.length === 1, 'a record each');
    await bench.stop(here);
    await bench.publish(['3'], { topic: other });
    await bench.until(() => there.calls.length === 2, 'a record for the one that goes on');
    assert.deepEqual([here.ids, there.ids], [['1'], ['2', '3']]);
  },

  'members of one group on two topics run side by side on one backend': async (bench) => {
    const other = bench.name('other');
    await bench.backend.createTopic(other);
    const here = bench.member();
    const there = bench.member({ topic: other });
    await bench.publish(numbered(20, 'here-'));
    await bench.publish(numbered(20, 'there-'), { topic: other });
    const both = (): boolean => here.calls.length >= 20 && there.calls.length >= 20;
    await bench.until(both, 'the records of its topic for each');
    await bench.stop(here);
    await bench.publish(['later'], { topic: other });
    await bench.until(() => there.calls.length >= 21, 'a record for the one that goes on', bench.limits.takeoverMs);
    assert.deepEqual(here.ids, numbered(20, 'here-'));
    assert.deepEqual(there.ids, [...numbered(20, 'there-'), 'later']);
  },

  'two members of one group run side by side on one backend': async (bench) => {
    const members = [bench.member(), bench.member()];
    await bench.groupIsMade();
    await publishOnKeys(bench, numbered(20, 'key-'), 200);
    await bench.until(() => handled(members).length >= 200, 'all records');
    await Promise.all(members.map((member) => bench.stop(member)));
    assert.deepEqual(handled(members), numbered(200).toSorted());
  },
};

function handled(members: readonly Member[]): readonly string[] {
  return members.flatMap(({ ids }) => ids).toSorted();
}
