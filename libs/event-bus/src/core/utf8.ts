import { isUtf8 } from 'node:buffer';

/** The text of UTF-8 bytes, or `undefined` when they are not UTF-8. A byte order mark is kept. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  const text = asBuffer(bytes).toString('utf8');
  // Only what decodes with a replacement character can be malformed, which is rare; so the bytes are seldom looked at twice.
  return text.includes('\uFFFD') && !isUtf8(bytes) ? undefined : text;
}

/** A Buffer on the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The bytes of a name, to be read alone: names are few, and many records have them. */
export function utf8Bytes(name: string): Buffer {
  const known = NAMES.get(name);
  if (known !== undefined) return known;
  if (NAMES.size >= MAX_NAMES) NAMES.clear();
  const bytes = Buffer.from(name);
  NAMES.set(name, bytes);
  return bytes;
}

const NAMES = new Map<string, Buffer>();
const MAX_NAMES = 1_000;
