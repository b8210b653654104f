const LENGTH_BYTES = 4;

/** A longer frame, in bytes, does not come from a broker: the other side speaks another protocol. */
const MAX_FRAME_BYTES = 512 * 1024 * 1024;

/** Splits the data of a socket into frames. Each frame begins with its length in four bytes. */
export class Frames {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #needed = LENGTH_BYTES;

  /** The frames that are complete now, without their lengths. Throws a `RangeError` if a length is impossible. */
  *take(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes >= this.#needed) {
      const [first] = this.#chunks;
      const all = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
      const length = all.readInt32BE(0);
      if (length < 0 || length > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${length} bytes`);
      const end = LENGTH_BYTES + length;
      if (all.length < end) {
        this.#chunks = [all];
        this.#needed = end;
        return;
      }
      const rest = all.subarray(end);
      this.#chunks = rest.length === 0 ? [] : [rest];
      this.#bytes = rest.length;
      this.#needed = LENGTH_BYTES;
      yield all.subarray(LENGTH_BYTES, end);
    }
  }
}
