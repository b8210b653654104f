/** https://www.rfc-editor.org/rfc/rfc8878 */
const FRAME = 0xfd2fb528;
const HAS = { singleSegment: 0x20, checksum: 0x04 };
const CHECKSUM_BYTES = 4;
const MAX_BLOCK_BYTES = 128 * 1024;
/** The size of a head field in bytes, by its two bits in the first byte. */
const DICTIONARY_BYTES = [0, 1, 2, 4];
const CONTENT_BYTES = [0, 2, 4, 8];
/** Block types: stored uncompressed, and one repeated byte. */
const [STORED, REPEATED] = [0, 1];

export interface ZstdSize {
  /** The decompressed size that the frame declares, in bytes. Many clients omit it. */
  readonly named: number | undefined;
  /** The maximum decompressed size of its blocks, in bytes: at most 128 KiB each. */
  readonly atMost: number;
}

/**
 * Reads only the heads of a zstd frame. Throws a `RangeError` if the frame ends too early, which Node 22 does not
 * notice, and an `Error` if it is not a frame.
 */
export function zstdSize(bytes: Buffer): ZstdSize {
  if (bytes.readUInt32LE(0) !== FRAME) throw new Error('It is not a zstd frame.');
  const flags = bytes.readUInt8(4);
  const isSingle = (flags & HAS.singleSegment) > 0;
  let at = 5 + (isSingle ? 0 : 1) + (DICTIONARY_BYTES[flags & 3] ?? 0);
  const sizeBits = flags >> 6;
  const contentBytes = sizeBits === 0 && isSingle ? 1 : (CONTENT_BYTES[sizeBits] ?? 0);
  const named = contentBytes === 0 ? undefined : contentSize(bytes, at, contentBytes);
  at += contentBytes;
  let atMost = 0;
  for (let isLast = false; !isLast;) {
    const head = bytes.readUIntLE(at, 3);
    const size = head >> 3;
    const type = (head >> 1) & 3;
    isLast = (head & 1) > 0;
    at += 3 + (type === REPEATED ? 1 : size);
    atMost += type === STORED || type === REPEATED ? size : MAX_BLOCK_BYTES;
  }
  if (at + ((flags & HAS.checksum) > 0 ? CHECKSUM_BYTES : 0) > bytes.length)
    throw new RangeError('The zstd frame ends too early.');
  return { named, atMost };
}

function contentSize(bytes: Buffer, at: number, length: number): number {
  if (length === 8) return Number(bytes.readBigUInt64LE(at));
  // Sizes below 256 have one byte.
  return bytes.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}
