import { randomBytes } from 'node:crypto';
import lz4 from 'lz4-napi';
import { expect, it } from 'vitest';
import { codecNumber, compress } from '../compression.js';
import { isLargerLz4 } from './lz4-size.js';
import { zstdSize } from './zstd-size.js';

/** A little of everything: what compresses well, a little, and not at all; around the sizes at which blocks end. */
const SAMPLES = [1, 12, 13, 300, 65_535, 65_536, 65_537, 262_144, 1_000_000, 5_000_000].flatMap((length) => [
  Buffer.alloc(length),
  Buffer.alloc(length, 'compressed '),
  randomBytes(length),
  Buffer.from(Array.from({ length: Math.min(length, 300_000) }, (_, n) => (n * n) % 7)),
]);

it.each([{}, { contentChecksum: true }, { blockChecksums: true }])(
  'the size of an LZ4 frame is known before it is decompressed: %o',
  async (options) => {
    for (const sample of SAMPLES) {
      const frame = await lz4.compressFrame(sample, options);
      expect(isLargerLz4(frame, sample.length)).toBe(false);
      expect(isLargerLz4(frame, sample.length - 1)).toBe(true);
    }
  },
);

it('the size of a zstd frame, to a block, is known before it is decompressed', async () => {
  for (const sample of SAMPLES) {
    const frame = await compress(codecNumber('zstd'), sample);
    const { named = sample.length, atMost } = zstdSize(frame);
    expect(named).toBe(sample.length);
    expect(atMost).toBeGreaterThanOrEqual(sample.length);
    expect(atMost).toBeLessThan(sample.length + 128 * 1024);
  }
});
