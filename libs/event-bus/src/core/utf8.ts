import { isUtf8 } from 'node:buffer';

/** Decodes UTF-8; `undefined` if the bytes are not UTF-8. A byte order mark is kept. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  const text = asBuffer(bytes).toString('utf8');
  // Only text with a replacement character can be malformed. This is rare, so the second check rarely runs.
  return text.includes('\uFFFD') && !isUtf8(bytes) ? undefined : text;
}

/** A Buffer that shares the memory of `bytes`. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The cached bytes of a name. Do not change them. Names are few, and many records use them. */
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
