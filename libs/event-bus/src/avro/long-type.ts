import avsc from 'avsc';
import type { ReadWrite, Tap } from './tap.js';

/**
 * Avro's `long` with all 64 bits. Safe integers are of type `number`, all others `bigint`. avsc's own rejects unsafe
 * ones.
 */
export function longType(): avsc.Type {
  const type = avsc.types.LongType.__with(
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
  return withoutDetour(type as avsc.Type & ReadWrite);
}

/** Handles small numbers directly. avsc passes custom longs through a Buffer, and nearly all numbers are small. */
function withoutDetour(type: avsc.Type & ReadWrite): avsc.Type {
  const read = type._read.bind(type);
  const write = type._write.bind(type);
  // A derived object, because avsc has frozen the type.
  return Object.create(type, {
    _read: { value: (tap: Tap) => readSmall(tap) ?? read(tap) },
    _write: {
      value(tap: Tap, value: unknown) {
        if (typeof value === 'number' && value >= -SMALL && value < SMALL && Number.isInteger(value))
          tap.writeLong(value);
        else write(tap, value);
      },
    },
  }) as avsc.Type;
}

/** avsc writes numbers below this limit with 32-bit arithmetic. */
const SMALL = 2 ** 30;

/** Reads a number of at most four bytes and moves the tap behind it. `undefined` if the number is longer. */
function readSmall(tap: Tap): number | undefined {
  const { buf, pos } = tap;
  let zigzag = 0;
  for (let n = 0; n < 4; n += 1) {
    const byte = buf[pos + n];
    // At the end of the body, avsc's own reader takes over: it reads zeros there and checks the position later.
    if (byte === undefined) return undefined;
    zigzag |= (byte & 0x7f) << (7 * n);
    if (byte < 0x80) {
      tap.pos = pos + n + 1;
      return (zigzag >>> 1) ^ -(zigzag & 1);
    }
  }
  return undefined;
}

/**
 * Whether the value is an exact 64-bit integer. Numbers from 2^53 on may be rounded, so such integers must be `bigint`.
 */
export function isInt64(value: unknown): value is number | bigint {
  return typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
}

/** Decodes a zigzag varint: groups of 7 bits, the high bit set on all bytes but the last. */
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

// A number can add up seven groups of 7 bits without rounding.
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
  // Below 2^52, `2 * value + 1` is still exact.
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
