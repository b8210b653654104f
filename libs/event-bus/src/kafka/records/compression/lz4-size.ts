/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
const FRAME = 0x184d2204;
const HAS = { blockChecksum: 0x10, contentSize: 0x08, dictionary: 0x01 };
/** The mark of an uncompressed block. */
const STORED = 0x80000000;

/**
 * Whether an LZ4 frame decompresses to more than `maxBytes`. Reads only lengths, copies nothing, and stops when the
 * answer is known.
 *
 * Throws a `RangeError` if the frame ends too early, and an `Error` if it is not a frame.
 */
export function isLargerLz4(bytes: Buffer, maxBytes: number): boolean {
  if (bytes.readUInt32LE(0) !== FRAME) throw new Error('It is not an LZ4 frame.');
  const flags = bytes.readUInt8(4);
  const checksumBytes = (flags & HAS.blockChecksum) > 0 ? 4 : 0;
  // After the flags, the block size and their checksum.
  let at = 4 + 3;
  if ((flags & HAS.contentSize) > 0) at += 8;
  if ((flags & HAS.dictionary) > 0) at += 4;
  for (let left = maxBytes; ;) {
    const head = bytes.readUInt32LE(at);
    if (head === 0) return false;
    const length = head % STORED;
    at += 4;
    left -= head >= STORED ? length : blockSize(bytes, { at, end: at + length, enough: left });
    if (left < 0) return true;
    at += length + checksumBytes;
  }
}

interface Block {
  readonly at: number;
  readonly end: number;
  /** The count may stop here. */
  readonly enough: number;
}

/** Returns the decompressed size of one block: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
function blockSize(bytes: Buffer, { at: start, end, enough }: Block): number {
  let at = start;
  let size = 0;
  if (end > bytes.length) throw new RangeError('An LZ4 block ends too early.');
  /** Adds the rest of a length. The token has its first four bits. */
  const more = (first: number) => {
    if (first < 15) return first;
    let length = first;
    for (;;) {
      // After the end there is no byte; 0 ends the length.
      const byte = bytes[at++] ?? 0;
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < end && size <= enough) {
    const token = bytes[at++] ?? 0;
    const literals = more(token >> 4);
    size += literals;
    at += literals;
    // The last sequence has only literals.
    if (at >= end) return size;
    at += 2;
    size += more(token & 15) + 4;
  }
  return size;
}
