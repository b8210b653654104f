import avsc from 'avsc';

/**
 * Avro's `long`, all 64 bits of it: a safe integer is a `number`, any other a `bigint`. avsc's own refuses what a number cannot hold.
 */
export function longType(): avsc.Type {
  return avsc.types.LongType.__with(
    {
      fromBuffer: readVarint,
      toBuffer: writeVarint,
      fromJSON: (value: unknown) => value,
      toJSON: (value: unknown) => value,
      isValid: isInt64,
      compare: (a: number | bigint, b: number | bigint) => (a === b ? 0 : a < b ? -1 : 1),
    },
    true,
  );
}

/** Whether the value is an integer of 64 bits that is exact: numbers beyond 2^53 have been rounded, so those come as `bigint`. */
export function isInt64(value: unknown): value is number | bigint {
  return typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
}

/** The value of zigzag base-128 bytes, of which all but the last have their high bit set. */
function readVarint(bytes: Uint8Array): number | bigint {
  if (bytes.length > EXACT_BYTES) return readBigVarint(bytes);
  let zigzag = 0;
  let weight = 1;
  for (const byte of bytes) {
    zigzag += (byte & 0x7f) * weight;
    weight *= 128;
  }
  return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
}

// Seven groups of 7 bits: as many as a number adds up without rounding.
const EXACT_BYTES = 7;

function readBigVarint(bytes: Uint8Array): number | bigint {
  if (bytes.length > 10) throw new Error('an integer is longer than 64 bits');
  let zigzag = 0n;
  for (const [n, byte] of bytes.entries()) zigzag |= BigInt(byte & 0x7f) << BigInt(7 * n);
  if (zigzag >> 64n !== 0n) throw new Error('an integer is longer than 64 bits');
  const value = (zigzag >> 1n) ^ -(zigzag & 1n);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function writeVarint(value: number | bigint): Buffer {
  const bytes = Buffer.allocUnsafe(10);
  let n = 0;
  // Twice a number below 2^52, and one more, is still exact.
  if (typeof value === 'number' && Math.abs(value) < 2 ** 52) {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[n++] = (rest % 128) | 0x80;
    bytes[n++] = rest;
  } else {
    const big = BigInt(value);
    let rest = BigInt.asUintN(64, (big << 1n) ^ (big >> 63n));
    for (; rest >= 128n; rest >>= 7n) bytes[n++] = Number(rest & 0x7fn) | 0x80;
    bytes[n++] = Number(rest);
  }
  return bytes.subarray(0, n);
}
