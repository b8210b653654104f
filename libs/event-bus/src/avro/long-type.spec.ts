import { describe, expect, it } from 'vitest';
import { isInt64, longType } from './long-type.js';

const LONG = longType();

const NUMBERS = [
  0,
  -1,
  1,
  63,
  64,
  -64,
  -65,
  8191,
  8192,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 48 - 1,
  -(2 ** 48),
  2 ** 48,
];
const EDGES = [
  2 ** 52 - 1,
  2 ** 52,
  2 ** 52 + 1,
  -(2 ** 52) + 1,
  -(2 ** 52),
  -(2 ** 52) - 1,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
];
const BIG = [2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)];

describe('longType', () => {
  it.each([...NUMBERS, ...EDGES])('writes and reads %d as a number, as Avro asks', (value) => {
    expect(LONG.toBuffer(value)).toEqual(zigzag(BigInt(value)));
    expect(LONG.toBuffer(BigInt(value))).toEqual(zigzag(BigInt(value)));
    expect(LONG.fromBuffer(zigzag(BigInt(value)))).toBe(value);
  });

  it.each(BIG)('writes and reads %d as a bigint', (value) => {
    expect(LONG.toBuffer(value)).toEqual(zigzag(value));
    expect(LONG.fromBuffer(zigzag(value))).toBe(value);
  });

  it('reads -0 and padded bytes as what they stand for', () => {
    expect(LONG.toBuffer(-0)).toEqual(Buffer.from([0]));
    expect(LONG.fromBuffer(Buffer.from([0x82, 0x80, 0x00]))).toBe(1);
    expect(LONG.fromBuffer(Buffer.from([0x81, 0x80, 0x00]))).toBe(-1);
  });

  it.each([
    ['eleven bytes, were they zeros', Buffer.from([...new Array<number>(10).fill(0x80), 0x00])],
    ['bit 65', Buffer.from([...new Array<number>(9).fill(0xff), 0x02])],
  ])('refuses %s', (_, bytes) => {
    expect(() => void LONG.fromBuffer(bytes)).toThrow('an integer is longer than 64 bits');
  });
});

describe('isInt64', () => {
  it('takes what 64 bits hold exactly, and nothing else', () => {
    for (const value of [...NUMBERS, ...EDGES, ...BIG, -0]) expect(isInt64(value)).toBe(true);
    for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, -(2 ** 53), 0.5, NaN, Infinity, '1', true, null])
      expect(isInt64(value)).toBe(false);
  });
});

function zigzag(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value < 0n ? -2n * value - 1n : 2n * value;
  for (; rest >= 128n; rest /= 128n) bytes.push(Number(rest % 128n) + 128);
  return Buffer.from([...bytes, Number(rest)]);
}
