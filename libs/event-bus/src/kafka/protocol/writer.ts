/** Longer fields are not copied until {@link Writer.finish}, which avoids copying them twice. */
const COPIED_BYTES = 1024;

/** Writes the types of the protocol: https://kafka.apache.org/protocol#protocol_types */
export class Writer {
  readonly #parts: Uint8Array[] = [];
  #part: Buffer;
  #at = 0;

  constructor(sizeHint = 256) {
    this.#part = Buffer.allocUnsafe(sizeHint);
  }

  int8(value: number): this {
    this.#reserve(1);
    this.#at = this.#part.writeInt8(value, this.#at);
    return this;
  }

  int16(value: number): this {
    this.#reserve(2);
    this.#at = this.#part.writeInt16BE(value, this.#at);
    return this;
  }

  int32(value: number): this {
    this.#reserve(4);
    this.#at = this.#part.writeInt32BE(value, this.#at);
    return this;
  }

  int64(value: number | bigint): this {
    this.#reserve(8);
    this.#at = this.#part.writeBigInt64BE(BigInt(value), this.#at);
    return this;
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  unsignedVarint(value: number): this {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#byte((rest % 0x80) + 0x80);
    return this.#byte(rest);
  }

  string(value: string): this {
    const bytes = Buffer.from(value);
    return this.int16(bytes.length).raw(bytes);
  }

  nullableString(value: string | null): this {
    return value === null ? this.int16(-1) : this.string(value);
  }

  compactString(value: string): this {
    const bytes = Buffer.from(value);
    return this.unsignedVarint(bytes.length + 1).raw(bytes);
  }

  bytes(value: Uint8Array): this {
    return this.int32(value.byteLength).raw(value);
  }

  /** `null` is written as the null array. */
  array<Item>(items: readonly Item[] | null, write: (item: Item) => void): this {
    this.int32(items === null ? -1 : items.length);
    for (const item of items ?? []) write(item);
    return this;
  }

  /** `null` is written as the null array. */
  compactArray<Item>(items: readonly Item[] | null, write: (item: Item) => void): this {
    this.unsignedVarint(items === null ? 0 : items.length + 1);
    for (const item of items ?? []) write(item);
    return this;
  }

  /** Writes no tagged fields: no defined one is needed here. */
  noTags(): this {
    return this.#byte(0);
  }

  raw(bytes: Uint8Array): this {
    if (bytes.byteLength <= COPIED_BYTES) {
      this.#reserve(bytes.byteLength);
      this.#part.set(bytes, this.#at);
      this.#at += bytes.byteLength;
    } else {
      this.#endPart(256);
      this.#parts.push(bytes);
    }
    return this;
  }

  /** Returns the written bytes. Call it once. */
  finish(): Buffer {
    if (this.#parts.length === 0) return this.#part.subarray(0, this.#at);
    this.#endPart(0);
    return Buffer.concat(this.#parts);
  }

  #byte(value: number): this {
    this.#reserve(1);
    this.#part[this.#at++] = value;
    return this;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes > this.#part.length) this.#endPart(Math.max(bytes, this.#part.length * 2));
  }

  #endPart(nextBytes: number): void {
    if (this.#at > 0) this.#parts.push(this.#part.subarray(0, this.#at));
    this.#part = Buffer.allocUnsafe(nextBytes);
    this.#at = 0;
  }
}
