import type { Header, Headers } from '../../core/backend.js';

/**
 * Encodes headers as bytes. `null` means no headers. For each header:
 *
 * - the length of the name, and the name in UTF-8
 * - the length of the value plus 1, and the value; 0 means a null value
 *
 * Lengths are unsigned 32-bit integers, little endian.
 */
export function encodeHeaders(headers: Headers): Buffer | null {
  if (headers.length === 0) return null;
  let size = 0;
  for (const [name, value] of headers) size += 8 + Buffer.byteLength(name) + (value?.byteLength ?? 0);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const [name, value] of headers) {
    const nameLength = bytes.write(name, at + 4);
    bytes.writeUInt32LE(nameLength, at);
    at = bytes.writeUInt32LE(value === null ? 0 : value.byteLength + 1, at + 4 + nameLength);
    if (value === null) continue;
    bytes.set(value, at);
    at += value.byteLength;
  }
  return bytes;
}

/**
 * The inverse of {@link encodeHeaders}. Values share the memory of `bytes`.
 *
 * Names that equal those of `like`, the headers of another record, are not decoded again. Decoding names is most of the
 * work.
 */
export function decodeHeaders(bytes: Buffer | null, like: Headers = []): Headers {
  const headers: Header[] = [];
  if (bytes === null) return headers;
  for (let at = 0; at < bytes.length;) {
    const nameEnd = at + 4 + bytes.readUInt32LE(at);
    const guess = like[headers.length]?.[0];
    const name = isAt(bytes, at + 4, nameEnd, guess) ? guess : bytes.toString('utf8', at + 4, nameEnd);
    const length = bytes.readUInt32LE(nameEnd);
    const value = nameEnd + 4;
    at = length === 0 ? value : value + length - 1;
    headers.push([name, length === 0 ? null : bytes.subarray(value, at)]);
  }
  return headers;
}

/** Whether the bytes are this text. Always false for text that is not ASCII. */
function isAt(bytes: Buffer, start: number, end: number, text: string | undefined): text is string {
  if (text?.length !== end - start) return false;
  for (let n = 0; n < text.length; n += 1) {
    const byte = bytes[start + n] ?? 0;
    if (byte !== text.charCodeAt(n) || byte > 127) return false;
  }
  return true;
}
