import { resourceUsage } from 'node:process';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { codecNumber, compress, type Compression, decompress } from '../compression.js';

/** The size to which each of them unpacks, or claims to unpack. */
const BOMB_BYTES = 1_700_000_000;
const PART_BYTES = 4 * 1024 * 1024;
const PARTS = Math.ceil(BOMB_BYTES / PART_BYTES);
const MAX_BYTES = 16 * 1024 * 1024;

const BOMBS: readonly (readonly [what: string, Compression, () => Promise<Buffer>])[] = [
  ['gzip of many members', 'gzip', () => Promise.resolve(repeated(gzipSync(Buffer.alloc(PART_BYTES))))],
  ['one block of Snappy that names its size', 'snappy', () => Promise.resolve(snappyBlock(BOMB_BYTES))],
  ['many blocks of Snappy', 'snappy', () => Promise.resolve(xerial(snappyBlock(PART_BYTES)))],
  ['LZ4 of many blocks', 'lz4', lz4Frame],
  ['zstd of one byte many times', 'zstd', () => Promise.resolve(zstdFrame(repeatedByte()))],
  ['zstd of many blocks', 'zstd', () => Promise.resolve(zstdFrame(ZSTD_BLOCK))],
  ['zstd that names its size', 'zstd', () => Promise.resolve(zstdOfSize(BOMB_BYTES))],
];

it.each(BOMBS)('refuses %s before it takes the memory', async (_, name, make) => {
  const bomb = await make();
  const before = resourceUsage().maxRSS;
  const message = `its records, decompressed from ${name}, are more than ${MAX_BYTES} bytes`;
  await expect(decompress(codecNumber(name), bomb, { maxBytes: MAX_BYTES })).rejects.toThrow(message);
  expect((resourceUsage().maxRSS - before) * 1024).toBeLessThan(10 * MAX_BYTES);
});

function repeated(part: Buffer, times = PARTS): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => part));
}

/** A block of 32 bits of length, and little else. */
function snappyBlock(length: number): Buffer {
  const head: number[] = [];
  let rest = length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) head.push((rest % 0x80) + 0x80);
  return Buffer.from([...head, rest, 0, 0]);
}

function xerial(block: Buffer): Buffer {
  const head = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  return Buffer.concat([head, repeated(Buffer.concat([int32(block.length), block]))]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A frame of zeros has one block of 4 MiB, which does not need those before it. */
async function lz4Frame(): Promise<Buffer> {
  const one = await compress(codecNumber('lz4'), Buffer.alloc(PART_BYTES));
  const headBytes = 7;
  return Buffer.concat([one.subarray(0, headBytes), repeated(one.subarray(headBytes, -4)), Buffer.alloc(4)]);
}

/** 128 KiB of the word `compressed`; it does not need the blocks before it. */
const ZSTD_BLOCK = Buffer.from('94000050636f6d707265737365640100f3ffcd0b12', 'hex');
const ZSTD_HEAD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const ZSTD_BLOCK_BYTES = 128 * 1024;

/** A frame with a window of 2 MiB and without a content size, as Kafka's clients write it. */
function zstdFrame(block: Buffer): Buffer {
  const last = Buffer.from(block);
  last.writeUInt8(last.readUInt8(0) | 1, 0);
  return Buffer.concat([ZSTD_HEAD, Buffer.from([0, 0x58]), repeated(block, BOMB_BYTES / ZSTD_BLOCK_BYTES), last]);
}

function repeatedByte(): Buffer {
  const block = Buffer.alloc(4);
  block.writeUIntLE((ZSTD_BLOCK_BYTES << 3) | (1 << 1), 0, 3);
  return block;
}

function zstdOfSize(size: number): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(size));
  const lastBlock = Buffer.from([1, 0, 0]);
  return Buffer.concat([ZSTD_HEAD, Buffer.from([0xe0]), length, repeated(repeatedByte(), 100), lastBlock]);
}
