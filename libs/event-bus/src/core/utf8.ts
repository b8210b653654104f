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
