import { createHash } from 'node:crypto';
import type { Passed, Range } from '../../core/settled-ranges.js';

/**
 * What a group remembers of a partition besides its offset. It travels in the metadata of every commit, as `name:value` with spaces between,
 * so that the next member knows it too. Python members and Kafka's own tools write nothing there: then what it said is forgotten, and all
 * before the offset counts as passed when the group is moved.
 */
export interface Memory extends Passed<number> {
  /** Records at and after the offset that are settled all the same, in order: a handler before them had not ended. */
  readonly settled: readonly number[];
  /** What the group was moved for, as {@link reasonHash} gives it; the last 20 are kept. */
  readonly once: readonly string[];
  /** The topic that the offset is of, as {@link shortTopicId} gives it; a topic that is made anew under the same name is another. */
  readonly topic?: string | undefined;
  /** That a member works on the partition: one that gives it back takes this out. */
  readonly inHand?: InHand | undefined;
}

export interface InHand {
  /** How many members before it vanished with the record at the offset in hand. */
  readonly vanished: number;
  /** Tells members apart. */
  readonly member: string;
}

/** The memory of a group that began with the first offset. */
export const NO_MEMORY: Memory = { since: 0, ranges: [], settled: [], once: [] };

/** Brokers take 4,096 bytes (`offset.metadata.max.bytes`). Of a longer list its beginning is kept; the rest may be handled again. */
const MAX_BITS = 2_000 * 8;
const MAX_ONCE = 20;

/** The text to commit with the offset. */
export function commitMetadata(offset: number, { since, ranges, settled, once, topic, inHand }: Memory): string {
  const items: string[] = [];
  if (since > 0) items.push(`since:${since}`);
  if (ranges.length > 0) items.push(`passed:${ranges.map(([from, until]) => `${from}-${until}`).join(',')}`);
  if (once.length > 0) items.push(`once:${once.slice(-MAX_ONCE).join(',')}`);
  if (topic !== undefined) items.push(`topic:${topic}`);
  if (inHand !== undefined) items.push(`hand:${inHand.vanished},${inHand.member}`);
  const bits = settled.map((each) => each - offset).filter((bit) => bit >= 0 && bit < MAX_BITS);
  if (bits.length > 0) {
    const last = bits.reduce((one, other) => Math.max(one, other));
    const bitmap = Buffer.alloc(Math.floor(last / 8) + 1);
    for (const bit of bits) bitmap[bit >> 3] = (bitmap[bit >> 3] ?? 0) | (1 << (bit & 7));
    items.push(`settled:${bitmap.toString('base64')}`);
  }
  return items.join(' ');
}

/** What the metadata of a commit says; what others wrote there says nothing. */
export function readMemory(offset: number, metadata: string | null | undefined): Memory {
  const items = (metadata ?? '').split(' ');
  const valueOf = (name: string) => items.find((item) => item.startsWith(`${name}:`))?.slice(name.length + 1) ?? '';
  const since = valueOf('since');
  return {
    since: /^\d{1,15}$/.test(since) ? Number(since) : 0,
    ranges: valueOf('passed').split(',').flatMap(rangesIn),
    once: valueOf('once').split(',').filter(Boolean),
    settled: offsetsIn(offset, Buffer.from(valueOf('settled'), 'base64')),
    topic: valueOf('topic') || undefined,
    inHand: inHandIn(valueOf('hand')),
  };
}

/** The same with less in it: without what is settled behind the offset, which then is handled again, and then without all that is only of use when things go wrong. */
export function shorterMetadata(metadata: string, by: number): string {
  if (by === 0) return metadata;
  const left = by === 1 ? ['settled:'] : ['settled:', 'topic:', 'hand:'];
  const items = metadata.split(' ').filter((item) => !left.some((name) => item.startsWith(name)));
  return items.join(' ');
}

/** What stands for a topic's id, which is 16 bytes in hex: eight characters. */
export function shortTopicId(id: string): string {
  // All of it counts: ids may differ in a few bytes only.
  return createHash('sha256').update(id).digest('base64url').slice(0, 8);
}

/** What stands for a reason to move: twelve characters, as room is short. */
export function reasonHash(reason: string): string {
  return createHash('sha256').update(reason).digest('base64url').slice(0, 12);
}

function rangesIn(text: string): readonly Range<number>[] {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  return match === null ? [] : [[Number(match[1]), Number(match[2])]];
}

function inHandIn(text: string): InHand | undefined {
  const match = /^(\d{1,9}),([\w-]{1,12})$/.exec(text);
  return match === null ? undefined : { vanished: Number(match[1]), member: match[2] ?? '' };
}

function offsetsIn(offset: number, bitmap: Buffer): readonly number[] {
  return Array.from({ length: bitmap.length * 8 }, (_, bit) => bit)
    .filter((bit) => ((bitmap[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0)
    .map((bit) => offset + bit);
}
