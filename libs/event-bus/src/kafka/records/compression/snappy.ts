import type snappy from 'snappy';
import { type LoadedCodec, nativeCodec } from './codec.js';
import { TooLargeError } from './errors.js';

type Library = Pick<typeof snappy, 'compress' | 'uncompress'>;

/** The format of snappy-java, which Kafka's Java client writes: a head, then blocks, each after its length. */
const XERIAL = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0]);
/** The version and the oldest compatible version follow. */
const HEAD = Buffer.concat([XERIAL, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
const LENGTH_BYTES = 4;
/** The block size of snappy-java. The format itself refers back at most 64 KiB. */
const BLOCK_BYTES = 32 * 1024;
/**
 * More than Node's threads for compression. It is a limit, because a damaged batch may have a hundred thousand blocks.
 */
const BLOCKS_AT_ONCE = 16;

export const snappyCodec = nativeCodec('snappy', async () => codecOf((await import('snappy')).default));

function codecOf({ compress, uncompress }: Library): LoadedCodec {
  return {
    compress: async (bytes) => {
      const parts: Buffer[] = [HEAD];
      for (const block of await inTurns(slices(bytes), (slice) => compress(slice))) {
        const length = Buffer.allocUnsafe(LENGTH_BYTES);
        length.writeInt32BE(block.length);
        parts.push(length, block);
      }
      return Buffer.concat(parts);
    },
    decompress: async (bytes, maxBytes) => {
      // librdkafka writes a single block without a head.
      const isXerial = bytes.subarray(0, XERIAL.length).equals(XERIAL);
      const blocks = isXerial ? xerialBlocks(bytes) : [bytes];
      const length = blocks.reduce((sum, block) => sum + lengthOf(block), 0);
      if (length > maxBytes) throw new TooLargeError(`Snappy blocks of ${length} bytes.`);
      // The library refuses a block that is longer or shorter than it declares.
      const parts = await inTurns(blocks, async (block) => (await uncompress(block, { asBuffer: true })) as Buffer);
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, length);
    },
  };
}

async function inTurns(blocks: readonly Buffer[], work: (block: Buffer) => Promise<Buffer>): Promise<Buffer[]> {
  const results: Buffer[] = [];
  for (let n = 0; n < blocks.length; n += BLOCKS_AT_ONCE)
    results.push(...(await Promise.all(blocks.slice(n, n + BLOCKS_AT_ONCE).map(work))));
  return results;
}

function slices(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) found.push(bytes.subarray(at, at + BLOCK_BYTES));
  return found;
}

function xerialBlocks(bytes: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = HEAD.length; at < bytes.length;) {
    const start = at + LENGTH_BYTES;
    const end = start + bytes.readInt32BE(at);
    if (end <= start || end > bytes.length) throw new RangeError('A Snappy block has an impossible length.');
    blocks.push(bytes.subarray(start, end));
    at = end;
  }
  if (blocks.length === 0) throw new RangeError('There is no Snappy block.');
  return blocks;
}

/** Returns the decompressed size of a block. The block begins with it: up to 32 bits, seven per byte. */
function lengthOf(block: Buffer): number {
  let length = 0;
  for (let at = 0, scale = 1; at < 5; at += 1, scale *= 0x80) {
    const byte = block.readUInt8(at);
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) return length;
  }
  throw new RangeError('A Snappy block has an impossible size.');
}
