import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CompressionError } from './compression/errors.js';
import { codecNumber, compress, type Compression, decompress, missingFor } from './compression.js';

/** The same records, as other clients compressed them: tools/compression-fixtures.mjs. */
const FIXTURES = join(import.meta.dirname, '../../../../../test/fixtures/kafka/compression');
const PLAIN = gunzipSync(readFileSync(join(FIXTURES, 'plain.gz')));
const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const CLIENTS = ['java', 'librdkafka'] as const;
const ALL = CODECS.flatMap((name) => CLIENTS.map((client) => ({ name, client })));
const ENOUGH = { maxBytes: 10_000_000 };

it('numbers the codecs as the attributes of a batch do', () => {
  expect(['none', ...CODECS].map((name) => codecNumber(name as Compression))).toEqual([0, 1, 2, 3, 4]);
});

it('leaves what is not compressed as it is', async () => {
  const bytes = Buffer.from('as it is');
  expect(await compress(0, bytes)).toBe(bytes);
  expect(await decompress(0, bytes, { maxBytes: 1 })).toBe(bytes);
});

it.each(['none', ...CODECS] as const)('misses nothing for %s', async (name) => {
  expect(await missingFor(name)).toBeUndefined();
});

it('refuses a codec that it does not know', async () => {
  const expected = new CompressionError('its compression has the number 5, which is unknown');
  await expect(decompress(5, PLAIN, ENOUGH)).rejects.toEqual(expected);
  await expect(compress(5, PLAIN)).rejects.toEqual(expected);
});

describe.each(ALL)('$name of $client', ({ name, client }) => {
  const codec = codecNumber(name);
  const stored = readFileSync(join(FIXTURES, `${client}.${name}`));

  it('is read', async () => {
    expect((await decompress(codec, stored, ENOUGH)).equals(PLAIN)).toBe(true);
  });

  it('is read up to the limit, and not beyond', async () => {
    expect((await decompress(codec, stored, { maxBytes: PLAIN.length })).equals(PLAIN)).toBe(true);
    const maxBytes = PLAIN.length - 1;
    const message = `its records, decompressed from ${name}, are more than ${maxBytes} bytes`;
    await expect(decompress(codec, stored, { maxBytes })).rejects.toThrow(new CompressionError(message));
  });

  it.each([0, 3, 8, 20, 1000, stored.length - 10, stored.length - 1])('is damaged when cut at %i', async (length) => {
    const read = decompress(codec, stored.subarray(0, length), ENOUGH);
    await expect(read).rejects.toThrow(CompressionError);
    await expect(read).rejects.toThrow(`its records, decompressed from ${name}, are damaged (`);
  });

  it('with a wrong byte is either refused, or no larger than the limit', async () => {
    const maxBytes = PLAIN.length;
    for (let at = 0; at < stored.length; at += at < 64 ? 1 : 997) {
      const damaged = Buffer.from(stored);
      damaged.writeUInt8((damaged.readUInt8(at) + 0x55) % 256, at);
      const length = await decompress(codec, damaged, { maxBytes }).then(
        (read) => read.length,
        (thrown: unknown) => (thrown instanceof CompressionError ? 0 : String(thrown)),
      );
      expect(length).toBeLessThanOrEqual(maxBytes);
    }
  });
});

describe.each(CODECS)('%s of its own', (name) => {
  const codec = codecNumber(name);

  it.each([1, 100, 32 * 1024, 32 * 1024 + 1, 64 * 1024 - 1, 1024 * 1024, 5 * 1024 * 1024])(
    'is read: %i bytes',
    async (length) => {
      // Half of it cannot be compressed.
      const bytes = Buffer.concat([randomBytes(Math.floor(length / 2)), Buffer.alloc(Math.ceil(length / 2), 'text')]);
      const stored = await compress(codec, bytes);
      expect((await decompress(codec, stored, { maxBytes: length })).equals(bytes)).toBe(true);
    },
  );

  it('is smaller than what it was', async () => {
    expect((await compress(codec, PLAIN)).length).toBeLessThan(PLAIN.length / 3);
  });

  it('leaves the bytes that it reads as they are', async () => {
    const bytes = Buffer.from(PLAIN);
    const stored = await compress(codec, bytes);
    const copy = Buffer.from(stored);
    await decompress(codec, stored, ENOUGH);
    expect(bytes.equals(PLAIN)).toBe(true);
    expect(stored.equals(copy)).toBe(true);
  });

  it('is read beside others', async () => {
    const texts = Array.from({ length: 20 }, (_, n) => Buffer.alloc(100_000 + n, `${n} `));
    const stored = await Promise.all(texts.map((bytes) => compress(codec, bytes)));
    const read = await Promise.all(stored.map((bytes) => decompress(codec, bytes, ENOUGH)));
    expect(read.map((bytes, n) => bytes.equals(texts[n] ?? bytes.subarray(1)))).not.toContain(false);
  });
});
