import assert from 'node:assert/strict';

import type { TopicGroup } from '../../../core/backend.js';
import type { Bench } from '../bench.js';
import type { Cases } from '../case.js';
import { numbered } from '../records.js';

export const listing: Cases = {
  'topics has every topic once, also one without records': async (bench) => {
    const empty = bench.name('empty');
    await bench.backend.createTopic(empty);
    await bench.publish(numbered(2));
    const topics = await bench.backend.topics();
    for (const topic of [bench.topic, empty]) assert.equal(topics.filter((each) => each === topic).length, 1);
    assert.ok(!topics.includes(bench.name('unknown')));
  },

  'groups has the groups of the topic, and not those of others': async (bench) => {
    const [second, stranger, elsewhere] = [bench.name('second'), bench.name('stranger'), bench.name('elsewhere')];
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.backend.createGroup(bench.topic, second, 'latest');
    await bench.backend.createGroup(elsewhere, stranger, 'latest');
    const groups = await bench.backend.groups(bench.topic);
    assert.deepEqual(groups.map(({ group }) => group).toSorted(), [bench.group, second].toSorted());
  },

  'groups of a topic that nobody has consumed are none': async (bench) => {
    assert.deepEqual(await bench.backend.groups(bench.topic), []);
  },

  'groups tells a member while it lives': async (bench) => {
    const other = bench.name('other');
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.backend.createGroup(bench.topic, other, 'earliest');
    const member = bench.member();
    await membersBecome(bench, 1);
    assert.deepEqual(await membersOf(bench, other), []);
    await bench.stop(member);
    await membersBecome(bench, 0);
  },

  'groups tells each of several members': async (bench) => {
    const first = bench.member();
    bench.member({ backend: await bench.open() });
    await membersBecome(bench, 2);
    await bench.stop(first);
    await membersBecome(bench, 1);
  },
};

async function membersBecome(bench: Bench, count: number): Promise<void> {
  let found: TopicGroup['members'] = [];
  const isThere = async () => (found = await membersOf(bench, bench.group)).length === count;
  await bench.until(isThere, () => `${count} members of group ${bench.group}, not ${found.length}`);
}

/** A group without a position and without members need not be listed. */
async function membersOf(bench: Bench, wanted: string): Promise<TopicGroup['members']> {
  const groups = await bench.backend.groups(bench.topic);
  return groups.find(({ group }) => group === wanted)?.members ?? [];
}
