import { asBuffer } from '../../core/utf8.js';

/** Confluent's framing: a zero byte, the schema's id in four bytes (big endian), and the Avro bytes. */
const HEADER_BYTES = 5;

export function frame(schemaId: number, body: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEADER_BYTES + body.byteLength);
  framed[0] = 0;
  framed.writeUInt32BE(schemaId, 1);
  framed.set(body, HEADER_BYTES);
  return framed;
}

/** Returns the parts, or `undefined` if the bytes are not framed. */
export function unframe(bytes: Uint8Array): { readonly schemaId: number; readonly body: Buffer } | undefined {
  const buffer = asBuffer(bytes);
  if (buffer.length <= HEADER_BYTES || buffer[0] !== 0) return undefined;
  return { schemaId: buffer.readUInt32BE(1), body: buffer.subarray(HEADER_BYTES) };
}
