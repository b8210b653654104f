import { expect, it } from 'vitest';
import type { OutgoingRecord } from '../../core/backend.js';
import { Call } from './call.js';
import { TopicQueue } from './topic-queue.js';

const topic = () => new TopicQueue('t', () => 1n);
const found = (count: number, id = 'one') => ({
  name: 't',
  error: undefined,
  id,
  partitions: Array.from({ length: count }, (_, partition) => ({ partition, leader: 1, leaderEpoch: 0 })),
});

function entry(record: Partial<OutgoingRecord> = {}) {
  const call = new Call({ records: 1, bytes: 1 }, 0, undefined, {
    resolve: () => undefined,
    reject: () => undefined,
    onSettled: () => undefined,
  });
  return { record: { topic: 't', key: null, value: null, headers: [], ...record }, call, index: 0, bytes: 30 };
}

it('records that wait for a topic which is not known are let go of when they have failed', () => {
  const queue = topic();
  const entries = Array.from({ length: 3 }, () => entry());
  for (const each of entries) queue.add(each);
  for (const { call } of entries) call.fail(new Error('too late'));
  expect(queue.isWaiting).toBe(false);
  const [placed] = [queue.learn(found(1)), queue.add(entry())];
  expect(placed).toEqual([]);
});

it('records that wait for a partition without a leader are let go of when they have failed', () => {
  const queue = topic();
  queue.learn(found(1));
  const entries = Array.from({ length: 3 }, () => entry());
  const partition = entries.map((each) => queue.add(each))[0];
  for (const { call } of entries) call.fail(new Error('too late'));
  partition?.dropUnwanted();
  expect(partition?.isEmpty).toBe(true);
});

it('records without a key go to other partitions than one that failed last', () => {
  const queue = topic();
  queue.learn(found(3));
  const sick = queue.add(entry());
  if (sick !== undefined) sick.lastError = new Error('no leader');
  const others = Array.from({ length: 30 }, () => queue.add(entry())?.partition);
  expect(others).not.toContain(sick?.partition);
});
