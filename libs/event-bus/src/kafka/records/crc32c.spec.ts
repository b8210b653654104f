import { expect, it } from 'vitest';
import { crc32c } from './crc32c.js';

it.each([
  ['', 0],
  ['123456789', 0xe3069283],
  ['The quick brown fox jumps over the lazy dog', 0x22620404],
])('the checksum of "%s" is that of CRC-32C', (text, checksum) => {
  expect(crc32c(Buffer.from(text))).toBe(checksum);
});

it('is the same wherever the bytes lie', () => {
  const bytes = Buffer.from('The quick brown fox jumps over the lazy dog');
  for (let shift = 0; shift < 16; shift += 1) {
    const moved = Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift);
    expect(crc32c(moved)).toBe(0x22620404);
  }
});
