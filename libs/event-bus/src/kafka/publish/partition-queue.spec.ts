import { describe, expect, it } from 'vitest';
import { writeBatch } from './batch-writer.js';
import type { Batch } from './batch.js';
import { Call } from './call.js';
import { PartitionQueue } from './partition-queue.js';

/** Beyond every pause. */
const LATER = 3_600_000;
const FIRST_ID = 7n;

describe('the batches of a partition', () => {
  it('are one until the broker has taken something, and at most five from then on', () => {
    const { queue, publish, next, settled } = setUp();
    for (let n = 0; n < 10; n += 1) publish(`${n}`);
    const first = next(1);
    expect(next(1)).toBeUndefined();
    queue.taken(given(first));
    const open = [1, 2, 3, 4, 5].map(() => given(next(1)));
    expect(open.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(next(1)).toBeUndefined();
    queue.taken(given(open[0]));
    expect(given(next(1)).sequence).toBe(6);
    expect(settled).toEqual([]);
  });

  it('go again under their numbers, one after the other, once all have an answer', () => {
    const { queue, next, opened, log } = setUp();
    const [one, two, three] = opened(3);
    queue.failed(one, new Error('the leader moved'), 0);
    // A later one is still under way: it may be taken after it, or not.
    expect(next(10)).toBeUndefined();
    queue.failed(two, new Error('the leader moved'), 0);
    queue.failed(three, new Error('the leader moved'), 0);
    expect(next(10)).toBe(one);
    expect(next(10)).toBeUndefined();
    queue.taken(one);
    expect(next(10)).toBe(two);
    queue.taken(two);
    expect(next(10)).toBe(three);
    expect(log()).toEqual([1, 2, 3]);
  });

  it('get new numbers when the broker misses what came before the oldest', () => {
    const { queue, next, opened, identity } = setUp();
    const [one, two] = opened(2);
    queue.foundGap(two, new Error('gap'), 0);
    queue.foundGap(one, new Error('gap'), 0);
    expect(next(10)).toBe(one);
    expect(identity(one)).toEqual({ producerId: FIRST_ID, epoch: 1, sequence: 0 });
    queue.taken(one);
    expect(next(10)).toBe(two);
    expect(identity(two)).toEqual({ producerId: FIRST_ID, epoch: 1, sequence: 1 });
  });

  it('keep their numbers when the broker misses what came before a later one', () => {
    const { queue, next, opened, identity } = setUp();
    const [one, two] = opened(2);
    queue.failed(one, new Error('the connection ended'), 0);
    queue.foundGap(two, new Error('gap'), 0);
    expect(next(10)).toBe(one);
    expect(identity(one)).toEqual({ producerId: FIRST_ID, epoch: 0, sequence: 1 });
  });

  it('get another producer id when the broker has forgotten it', () => {
    const { queue, next, opened, identity } = setUp();
    const [one] = opened(1);
    queue.forgotten(one, new Error('unknown'), 0);
    expect(next(10)).toBe(one);
    expect(identity(one)).toEqual({ producerId: FIRST_ID + 1n, epoch: 0, sequence: 0 });
  });

  it('are numbered from 0 again behind 2^31 - 1', () => {
    const { queue, publish, next } = setUp(2 ** 31 - 2);
    for (const id of ['a', 'b', 'c']) publish(id);
    const first = given(next(1));
    queue.taken(first);
    expect([first.sequence, given(next(1)).sequence, given(next(1)).sequence]).toEqual([2 ** 31 - 2, 2 ** 31 - 1, 0]);
  });

  it('that are refused make place for their parts, and those behind them follow', () => {
    const { queue, next, opened, identity } = setUp();
    const [one, two] = opened(2, 4);
    queue.refused(one, [one.entries.slice(0, 2), one.entries.slice(3)]);
    queue.foundGap(two, new Error('gap'), 0);
    const left = given(next(10));
    expect([left.count, identity(left)]).toEqual([2, { producerId: FIRST_ID, epoch: 1, sequence: 0 }]);
    queue.taken(left);
    const right = given(next(10));
    expect([right.count, right.sequence]).toEqual([1, 2]);
    queue.taken(right);
    expect([next(10), two.sequence]).toEqual([two, 3]);
  });

  it('keep their numbers while the oldest may be there, also when one behind it is refused', () => {
    const { queue, next, opened, identity } = setUp();
    const [one, two] = opened(2, 2);
    queue.failed(one, new Error('too few replicas after it was appended'), 0);
    queue.refused(
      two,
      two.entries.map((entry) => [entry]),
    );
    expect(next(10)).toBe(one);
    expect(identity(one)).toEqual({ producerId: FIRST_ID, epoch: 0, sequence: 1 });
    queue.taken(one);
    const half = given(next(10));
    expect(half.entries).toEqual(two.entries.slice(0, 1));
    expect(identity(half)).toEqual({ producerId: FIRST_ID, epoch: 1, sequence: 0 });
  });

  it('go alone after a pause in which the broker may have forgotten their numbers', () => {
    const { queue, publish, opened } = setUp();
    for (const batch of opened(2)) queue.taken(batch);
    const MUCH_LATER = LATER + 3_600_000;
    for (const each of ['a', 'b']) publish(each);
    const first = given(queue.next(MUCH_LATER, 1));
    expect(queue.next(MUCH_LATER, 1)).toBeUndefined();
    queue.taken(first);
    expect(queue.next(MUCH_LATER, 1)).toBeDefined();
  });

  it('are not sent to another broker while one has something under way', () => {
    const { queue, publish, opened } = setUp();
    for (const batch of opened(2)) queue.taken(batch);
    for (const each of ['a', 'b']) publish(each);
    const first = given(queue.next(LATER, 1, 1));
    expect(queue.next(LATER, 1, 2)).toBeUndefined();
    queue.taken(first);
    expect(queue.next(LATER, 1, 2)).toBeDefined();
  });

  it('go alone to a topic that was made anew', () => {
    const { queue, publish, next, opened } = setUp();
    for (const batch of opened(2)) queue.taken(batch);
    queue.begunAnew();
    for (const each of ['a', 'b']) publish(each);
    expect([next(1), next(1)]).toEqual([expect.anything(), undefined]);
  });

  it('that nobody waits for any more are not sent again', () => {
    const { queue, next, opened } = setUp();
    const [one, two] = opened(2);
    queue.failed(one, new Error('x'), 0);
    queue.failed(two, new Error('x'), 0);
    for (const { call } of one.entries) call.fail(new Error('too late'));
    expect(next(10)).toBe(two);
  });

  it('wait after a failure', () => {
    const { queue, opened } = setUp();
    const [one] = opened(1);
    queue.failed(one, new Error('x'), 1_000);
    expect(queue.notBefore).toBeGreaterThan(1_000);
    expect(queue.next(1_000, 10)).toBeUndefined();
    expect(queue.next(queue.notBefore, 10)).toBe(one);
  });
});

function setUp(firstSequence = 0) {
  let id = FIRST_ID;
  const queue = new PartitionQueue('t', 0, (insteadOf) => (insteadOf === id ? (id += 1n) : id), firstSequence);
  const settled: string[] = [];
  const sent: number[] = [];
  const publish = (name: string) => {
    const call = new Call({ records: 1, bytes: 1 }, LATER, undefined, {
      resolve: () => settled.push(name),
      reject: () => settled.push(`not ${name}`),
      onSettled: () => undefined,
    });
    const record = { topic: 't', key: null, value: Buffer.from(name), headers: [] };
    queue.add({ record, call, index: 0, bytes: 30 });
  };
  const next = (records: number): Batch | undefined => {
    const batch = queue.next(LATER, records);
    if (batch !== undefined) {
      batch.bytes ??= writeBatch(
        batch.entries.map(({ record }) => record),
        0,
      );
      queue.stamp(batch);
      sent.push(batch.sequence);
    }
    return batch;
  };
  /**
   * Sends `count` batches of `records` records each, after a first batch was confirmed. Returns the unanswered batches.
   */
  const opened = (count: number, records = 1): [Batch, Batch, Batch] => {
    publish('first');
    queue.taken(given(next(1)));
    for (let n = 0; n < count * records; n += 1) publish(`${n}`);
    const batches = Array.from({ length: count }, () => given(next(records)));
    sent.length = 0;
    return batches as [Batch, Batch, Batch];
  };
  /** The producer id, epoch and sequence that the batch has on the wire. */
  const identity = ({ bytes }: Batch) => ({
    producerId: bytes?.readBigInt64BE(43),
    epoch: bytes?.readInt16BE(51),
    sequence: bytes?.readInt32BE(53),
  });
  return { queue, publish, next, opened, identity, settled, log: () => sent };
}

function given<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('There is nothing to send.');
  return value;
}
