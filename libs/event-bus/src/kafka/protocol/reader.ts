/**
 * Reads the types of the protocol: https://kafka.apache.org/protocol#protocol_types
 *
 * Throws a `RangeError` if the bytes end too early. 64-bit numbers are exact up to 2^53, which offsets and times in ms
 * do not reach. Use {@link Reader.bigint64} for producer ids, which may be larger.
 */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The number of unread bytes. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#forward(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#forward(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#forward(4));
  }

  int64(): number {
    const at = this.#forward(8);
    return this.#bytes.readInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4);
  }

  bigint64(): bigint {
    return this.#bytes.readBigInt64BE(this.#forward(8));
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  unsignedVarint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#bytes.readUInt8(this.#forward(1));
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 28) throw new RangeError('A length in an answer of the broker is too long.');
    }
  }

  string(): string {
    return this.nullableString() ?? '';
  }

  nullableString(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.raw(length).toString('utf8');
  }

  compactString(): string {
    return this.compactNullableString() ?? '';
  }

  compactNullableString(): string | null {
    const length = this.unsignedVarint();
    return length === 0 ? null : this.raw(length - 1).toString('utf8');
  }

  /** Reads bytes; `null` is read as empty. */
  bytes(): Buffer {
    return this.raw(Math.max(0, this.int32()));
  }

  /** The null array is read as an empty one. */
  array<Item>(read: (reader: this) => Item): Item[] {
    return this.#items(this.int32(), read);
  }

  /** The null array is read as an empty one. */
  compactArray<Item>(read: (reader: this) => Item): Item[] {
    return this.#items(this.unsignedVarint() - 1, read);
  }

  /** Skips tagged fields. Newer brokers may send fields that are unknown here. */
  tags(): void {
    for (let count = this.unsignedVarint(); count > 0; count -= 1) {
      this.unsignedVarint();
      this.raw(this.unsignedVarint());
    }
  }

  raw(length: number): Buffer {
    const at = this.#forward(length);
    return this.#bytes.subarray(at, at + length);
  }

  #items<Item>(count: number, read: (reader: this) => Item): Item[] {
    // Every item takes at least one byte, so this check stops a forged count before the loop.
    if (count > this.left) throw new RangeError('An answer of the broker ends within a list.');
    const items: Item[] = [];
    for (let n = 0; n < count; n += 1) items.push(read(this));
    return items;
  }

  #forward(length: number): number {
    const at = this.#at;
    if (length < 0 || at + length > this.#bytes.length) throw new RangeError('An answer of the broker ends too early.');
    this.#at += length;
    return at;
  }
}
