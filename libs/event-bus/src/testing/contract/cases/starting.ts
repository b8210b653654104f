import assert from 'node:assert/strict';

import type { Start } from '../../../core/backend.js';
import type { Bench } from '../bench.js';
import type { Cases } from '../case.js';
import { numbered } from '../records.js';

export const starting: Cases = {
  'consume makes a topic that is missing': async (bench) => {
    const topic = bench.name('missing');
    const member = bench.member({ topic });
    await bench.groupIsMade({ topic });
    await bench.publish(['1'], { topic });
    await bench.until(() => member.calls.length === 1, 'the record');
  },

  'createTopic resolves also when the topic is there': async (bench) => {
    await bench.publish(['1']);
    await bench.backend.createTopic(bench.topic);
    assert.equal((await bench.read()).length, 1);
  },

  'createGroup tells whether it made the group, and leaves one that is there alone': async (bench) => {
    await bench.publish(numbered(3));
    const { backend, topic, group } = bench;
    assert.equal(await backend.createGroup(topic, group, 'earliest'), true);
    assert.equal(await backend.createGroup(topic, group, 'latest'), false);
    assert.equal(await bench.behind(), 3);
  },

  'createGroup makes a topic that is missing': async (bench) => {
    const topic = bench.name('missing');
    assert.equal(await bench.backend.createGroup(topic, bench.group, 'latest'), true);
    await bench.publish(['1'], { topic });
    const member = bench.member({ topic });
    await bench.until(() => member.calls.length === 1, 'the record');
  },

  'the position of a new group is durable before its first record is handed over': async (bench) => {
    await bench.publish(['1']);
    const other = await bench.open();
    const seen: unknown[] = [];
    const member = bench.member({
      handle: async () => void seen.push(await other.createGroup(bench.topic, bench.group, 'latest')),
    });
    await bench.until(() => seen.length > 0 || member.state !== 'running', 'the answer of createGroup');
    assert.deepEqual(seen, [false]);
  },

  'a member hears that it has become one of its group, before its first record': async (bench) => {
    await bench.publish(['1']);
    const heard: string[] = [];
    const member = bench.member({
      onAssigned: () => heard.push('assigned'),
      handle: () => Promise.resolve(void heard.push('record')),
    });
    await bench.until(() => member.calls.length === 1, 'the record');
    assert.deepEqual(heard, ['assigned', 'record']);
  },

  'start is ignored while the group has a position': async (bench) => {
    await bench.backend.createGroup(bench.topic, bench.group, 'earliest');
    await bench.publish(numbered(3));
    const atLatest = bench.member({ start: 'latest' });
    await bench.until(() => atLatest.calls.length === 3, 'what was published before it came');
    await bench.stop(atLatest);
    await bench.publish(['4']);
    const atEarliest = bench.member({ start: 'earliest' });
    await bench.until(() => atEarliest.ids.includes('4'), 'the last record');
    assert.deepEqual(atEarliest.ids, ['4']);
  },

  ...startsOf('made by consume', async (bench, start) => {
    const member = bench.member({ backend: await bench.open(), start });
    await bench.groupIsMade();
    await bench.stop(member);
    return member.ids;
  }),

  ...startsOf('made by createGroup', async (bench, start) => {
    const backend = await bench.open();
    assert.equal(await backend.createGroup(bench.topic, bench.group, start), true);
    await backend.close();
    return [];
  }),
};

/** The cases for one way to create a group. `make` creates it and resolves with the ids handed over meanwhile. */
function startsOf(way: string, make: (bench: Bench, start: Start) => Promise<readonly string[]>): Cases {
  return {
    [`a group ${way} at earliest gets all that is retained`]: async (bench) => {
      await bench.publish(numbered(3));
      const got = await make(bench, 'earliest');
      assert.deepEqual([...got, ...(await groupGets(bench))], ['1', '2', '3', 'last']);
    },

    [`a group ${way} at latest gets what is published afterwards, also while no member runs`]: async (bench) => {
      await bench.publish(numbered(3));
      const got = await make(bench, 'latest');
      await bench.publish(['4', '5']);
      assert.deepEqual([...got, ...(await groupGets(bench))], ['4', '5', 'last']);
    },

    [`a group ${way} at a time gets the records made at or after it`]: async (bench) => {
      await bench.publish(numbered(3));
      const time = await bench.now();
      await bench.publish(['4', '5']);
      const got = await make(bench, time);
      assert.deepEqual([...got, ...(await groupGets(bench))], ['4', '5', 'last']);
    },
  };
}

/** The ids that a member of another backend gets. It asks for another start, which must have no effect. */
async function groupGets(bench: Bench): Promise<readonly string[]> {
  await bench.publish(['last']);
  const member = bench.member({ backend: await bench.open(), start: 'latest' });
  await bench.until(() => member.ids.includes('last'), 'the last record');
  return member.ids;
}
