import { utf8Text } from '../core/utf8.js';

/** Returns the key as JSON in UTF-8: `"alice"`, `5`, `true`. A `bigint` is written with all its digits. */
export function writeKey(value: unknown): Buffer {
  return Buffer.from(typeof value === 'bigint' ? value.toString() : JSON.stringify(value));
}

/** Returns the value that `writeKey` wrote, or `null` if the bytes are not a JSON primitive. */
export function readKey(key: Uint8Array): unknown {
  const text = utf8Text(key);
  if (text === undefined) return null;
  // JSON.parse would round such an integer. An integer of 64 bits has at most 19 digits.
  if (/^-?\d{16,19}$/.test(text) && !Number.isSafeInteger(Number(text))) return BigInt(text);
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? null : value;
  } catch {
    return null;
  }
}
