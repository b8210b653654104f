/**
 * What a group remembers of a partition besides its offset. It travels in the metadata of the commit, as `name:value` with spaces between,
 * so that the next member knows it too. Python members and Kafka's own tools write nothing there: then what it said is forgotten.
 */
export interface Memory {
  /** Records before it had been passed by the group before it was moved back. */
  readonly replayUntil: number;
  /** Records at and after the offset that are settled all the same, in order: a handler before them had not ended. */
  readonly settled: readonly number[];
}

/** Brokers take 4,096 bytes (`offset.metadata.max.bytes`). Of a longer list its beginning is kept; the rest may be handled again. */
const MAX_BITS = 2_000 * 8;

/** The text to commit with the offset. */
export function commitMetadata(offset: number, { replayUntil, settled }: Memory): string {
  const items: string[] = [];
  if (offset < replayUntil) items.push(`replay-until:${replayUntil}`);
  const bits = settled.map((each) => each - offset).filter((bit) => bit >= 0 && bit < MAX_BITS);
  const last = bits.at(-1);
  if (last !== undefined) {
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
  const until = valueOf('replay-until');
  return {
    replayUntil: /^\d{1,15}$/.test(until) ? Number(until) : 0,
    settled: offsetsIn(offset, Buffer.from(valueOf('settled'), 'base64')),
  };
}

function offsetsIn(offset: number, bitmap: Buffer): readonly number[] {
  return Array.from({ length: bitmap.length * 8 }, (_, bit) => bit)
    .filter((bit) => ((bitmap[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0)
    .map((bit) => offset + bit);
}
