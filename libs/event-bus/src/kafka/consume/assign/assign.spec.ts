import { describe, expect, it } from 'vitest';
import {
  readAssignment,
  readSubscription,
  writeAssignment,
  writeSubscription,
} from '../../protocol/consumer-protocol.js';
import type { Member } from './assignor.js';
import { COOPERATIVE_STICKY } from './cooperative-sticky.js';
import { RANGE } from './range.js';

const counts = (partitions: number) => new Map([['t', partitions]]);

function member(memberId: string, owned: readonly number[] = [], more: Partial<Member> = {}): Member {
  const generation = owned.length > 0 ? 1 : -1;
  const none = { instanceId: null, topics: ['t'], userData: Buffer.alloc(0) };
  return { memberId, owned: new Map([['t', owned]]), generation, ...none, ...more };
}

function given(assigned: ReturnType<typeof RANGE.assign>): Record<string, readonly number[]> {
  return Object.fromEntries([...assigned].map(([memberId, topics]) => [memberId, topics.get('t') ?? []]));
}

describe('range', () => {
  it('gives partitions in a row, one more to the first members', () => {
    const members = [member('c'), member('a'), member('b')];
    expect(given(RANGE.assign(members, counts(7)))).toEqual({ a: [0, 1, 2], b: [3, 4], c: [5, 6] });
  });

  it('gives nothing of a topic to members that do not ask for it, and nothing of topics that are not there', () => {
    const members = [member('a'), member('b', [], { topics: ['u'] })];
    expect(given(RANGE.assign(members, counts(2)))).toEqual({ a: [0, 1], b: [] });
  });

  it('orders static members by their instance id, so that a restart moves nothing', () => {
    const members = [member('1', [], { instanceId: 'b' }), member('2', [], { instanceId: 'a' })];
    expect(given(RANGE.assign(members, counts(2)))).toEqual({ 1: [1], 2: [0] });
  });
});

describe('cooperative-sticky', () => {
  const assign = (members: readonly Member[], partitions: number) =>
    given(COOPERATIVE_STICKY.assign(members, counts(partitions)));

  it('divides evenly what nobody has', () => {
    expect(assign([member('a'), member('b')], 5)).toEqual({ a: [0, 2, 4], b: [1, 3] });
  });

  it('gives what moves to nobody until its owner has given it back', () => {
    const first = assign([member('a', [0, 1, 2, 3]), member('b')], 4);
    expect(first.b).toEqual([]);
    expect(first.a).toHaveLength(2);
    const second = assign([member('a', first.a), member('b')], 4);
    expect(second.a).toEqual(first.a);
    expect([...(second.a ?? []), ...(second.b ?? [])].toSorted()).toEqual([0, 1, 2, 3]);
  });

  it('moves no more than is fair', () => {
    const after = assign([member('a', [0, 1, 2]), member('b', [3, 4, 5]), member('c')], 6);
    expect([after.a?.length, after.b?.length, after.c]).toEqual([2, 2, []]);
  });

  it('gives to nobody what two members say that they have, until the one that got it earlier gives it back', () => {
    const members = [member('a', [0], { generation: 1 }), member('b', [0], { generation: 2 })];
    expect(assign(members, 1)).toEqual({ a: [], b: [] });
    expect(assign([member('a'), member('b', [0], { generation: 2 })], 1)).toEqual({ a: [], b: [0] });
  });

  it('reads the generation of older members of Java from their user data', () => {
    const userData = Buffer.alloc(4);
    userData.writeInt32BE(7);
    const java = member('a', [0], { generation: -1, userData });
    const after = assign([java, member('b', [0], { generation: 6 }), member('c')], 1);
    expect(after).toEqual({ a: [], b: [], c: [] });
    expect(assign([java, member('b'), member('c')], 1)).toEqual({ a: [0], b: [], c: [] });
  });

  it('gives partitions that were added to who has fewest, and forgets those that are gone', () => {
    expect(assign([member('a', [0, 1]), member('b', [2])], 4)).toEqual({ a: [0, 1], b: [2, 3] });
    expect(assign([member('a', [0, 9])], 1)).toEqual({ a: [0] });
  });
});

describe('What members tell one another', () => {
  it('is read as it was written', () => {
    const of = { topics: ['t', 'u'], userData: Buffer.from('x'), owned: new Map([['t', [1, 2]]]), generation: 5 };
    expect(readSubscription(writeSubscription(3, of))).toEqual(of);
    expect(readSubscription(writeSubscription(0, of))).toEqual({ ...of, owned: new Map(), generation: -1 });
    expect(readAssignment(writeAssignment(of.owned))).toEqual(of.owned);
    expect(readAssignment(Buffer.alloc(0))).toEqual(new Map());
  });
});
