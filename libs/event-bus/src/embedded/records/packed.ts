/** The content of a record as the two threads exchange it. */
export type Content = readonly [key: Uint8Array | null, value: Uint8Array | null, headers: Uint8Array | null];

const LENGTHS = 12;

/**
 * Packs many records into one buffer, which can be transferred to another thread without a copy. For each record: three
 * lengths (signed 32-bit integers, little endian; -1 means null), then key, value and headers.
 */
export function pack(contents: readonly Content[]): ArrayBuffer {
  let size = 0;
  for (const [key, value, headers] of contents) {
    size += LENGTHS + (key?.byteLength ?? 0) + (value?.byteLength ?? 0) + (headers?.byteLength ?? 0);
  }
  const memory = new ArrayBuffer(size);
  const bytes = Buffer.from(memory);
  let at = 0;
  for (const content of contents) {
    let next = at + LENGTHS;
    for (const part of content) {
      at = bytes.writeInt32LE(part === null ? -1 : part.byteLength, at);
      if (part === null) continue;
      bytes.set(part, next);
      next += part.byteLength;
    }
    at = next;
  }
  return memory;
}

/** The inverse of {@link pack}. The parts share its memory. */
export function* unpack(
  memory: ArrayBuffer,
): Generator<[key: Buffer | null, value: Buffer | null, headers: Buffer | null]> {
  const bytes = Buffer.from(memory);
  for (let at = 0; at < bytes.length;) {
    let next = at + LENGTHS;
    const part = (): Buffer | null => {
      const length = bytes.readInt32LE(at);
      at += 4;
      return length < 0 ? null : bytes.subarray(next, (next += length));
    };
    const content: [Buffer | null, Buffer | null, Buffer | null] = [part(), part(), part()];
    at = next;
    yield content;
  }
}
