import { createHash } from 'node:crypto';
import type { Passed, Range } from '../../core/member/settled-ranges.js';

/**
 * The state of a group in a partition besides its offset. The metadata of every commit holds it, as `name:value` with
 * spaces between, so that the next member knows it too.
 *
 * Python members and Kafka's own tools write no metadata. Their commits erase this state; everything before the offset
 * then counts as settled when the group is moved.
 */
export interface Memory extends Passed<number> {
  /**
   * Offsets at or after the committed one that are settled, in order. The handler of an earlier record had not ended.
   */
  readonly settled: readonly number[];
  /** The reasons of earlier moves, hashed by {@link reasonHash}; the last 20 are kept. */
  readonly once: readonly string[];
  /**
   * The id of the topic, shortened by {@link shortTopicId}. A topic that was created again under the same name has
   * another id.
   */
  readonly topic?: string | undefined;
  /** The member that works on the partition. A member that gives the partition back removes this. */
  readonly inHand?: InHand | undefined;
}

export interface InHand {
  /** How many earlier members vanished with the record at the offset in hand. */
  readonly vanished: number;
  /** Identifies the member. */
  readonly member: string;
}

/** The state of a group that began with the first offset. */
export const NO_MEMORY: Memory = { since: 0, ranges: [], settled: [], once: [] };

/**
 * Brokers accept 4,096 bytes by default (`offset.metadata.max.bytes`). A longer list of settled offsets is cut; its
 * rest may be handled again.
 */
const MAX_BITS = 2_000 * 8;
const MAX_ONCE = 20;

/** The metadata to commit with the offset. */
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

/** Parses the metadata of a commit. Metadata of other programs counts as empty. */
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

/**
 * Shortens metadata by dropping parts. First it drops the settled offsets behind the committed one, whose records are
 * then handled again. Then it drops all parts that only help after failures.
 */
export function shorterMetadata(metadata: string, by: number): string {
  if (by === 0) return metadata;
  const left = by === 1 ? ['settled:'] : ['settled:', 'topic:', 'hand:'];
  const items = metadata.split(' ').filter((item) => !left.some((name) => item.startsWith(name)));
  return items.join(' ');
}

/** A short form of a topic id: eight characters instead of 32 hex digits. */
export function shortTopicId(id: string): string {
  // Hash the whole id, because ids may differ in only a few bytes.
  return createHash('sha256').update(id).digest('base64url').slice(0, 8);
}

/** A short form of the reason of a move: twelve characters, because space is limited. */
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
