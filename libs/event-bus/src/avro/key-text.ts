import { utf8Text } from '../core/utf8.js';

/** A key's value as JSON in UTF-8: `"alice"`, `5`, `true`; an integer that a number cannot hold as its digits. */
export function writeKey(value: unknown): Buffer {
  return Buffer.from(typeof value === 'bigint' ? value.toString() : JSON.stringify(value));
}

/** The value that `writeKey` wrote, or `null` when the bytes hold no primitive in JSON. */
export function readKey(key: Uint8Array): unknown {
  const text = utf8Text(key);
  if (text === undefined) return null;
  // JSON.parse would round it. 64 bits have 19 digits at most.
  if (/^-?\d{16,19}$/.test(text) && !Number.isSafeInteger(Number(text))) return BigInt(text);
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? null : value;
  } catch {
    return null;
  }
}
