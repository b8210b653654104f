import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { TooLargeError } from './errors.js';
import { nodeZstd } from './zstd.js';
import { loadZstdWasm } from './zstd-wasm.js';

const FIXTURES = join(import.meta.dirname, '../../../../../../test/fixtures/kafka/compression');
const PLAIN = gunzipSync(readFileSync(join(FIXTURES, 'plain.gz')));
const STORED = readFileSync(join(FIXTURES, 'java.zstd'));

/** Node 20 has none of its own. */
const EACH = [
  ['Node', nodeZstd()],
  ['WebAssembly', await loadZstdWasm()],
] as const;

describe.each(EACH)('zstd by %s', (_, zstd) => {
  it.skipIf(zstd === undefined)('reads what other clients write, up to the limit', async () => {
    expect((await zstd?.decompress(STORED, PLAIN.length))?.equals(PLAIN)).toBe(true);
    await expect(zstd?.decompress(STORED, PLAIN.length - 1)).rejects.toThrow(TooLargeError);
  });

  it.skipIf(zstd === undefined)('reads what it writes', async () => {
    const stored = (await zstd?.compress(PLAIN)) ?? STORED;
    for (const [, other] of EACH)
      if (other !== undefined) expect((await other.decompress(stored, PLAIN.length)).equals(PLAIN)).toBe(true);
  });
});
