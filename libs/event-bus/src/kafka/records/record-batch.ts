import type { Header, Headers } from '../../core/backend.js';
import type { BatchHead } from './batch-head.js';
import type { HeaderCache } from './header-cache.js';
import type { Records, StoredRecord } from '../port.js';

/** The fields of a batch head that concern its records. */
type Head = Pick<BatchHead, 'baseOffset' | 'firstTimestamp' | 'appendTimestamp' | 'count'>;

/**
 * The records of one batch in their wire form (record format 2). Each is decoded when it is taken, so waiting records
 * cost only their bytes.
 *
 * Throws a `RangeError` if the bytes end too early.
 */
export class RecordBatch implements Records {
  readonly #bytes: Buffer;
  readonly #head: Head;
  readonly #known: HeaderCache;
  #at = 0;
  #left: number;

  constructor(bytes: Buffer, head: Head, known: HeaderCache) {
    this.#bytes = bytes;
    this.#head = head;
    this.#known = known;
    this.#left = head.count;
  }

  get left(): number {
    return this.#left;
  }

  get bytes(): number {
    return this.#bytes.length;
  }

  next(from: number): StoredRecord | undefined {
    const { baseOffset, firstTimestamp, appendTimestamp } = this.#head;
    while (this.#left > 0) {
      this.#left -= 1;
      const length = this.#varint();
      const end = this.#at + length;
      if (end > this.#bytes.length) throw new RangeError('A record is longer than its batch.');
      // The attributes of the record, which have no meaning so far.
      this.#at += 1;
      const timestamp = firstTimestamp + this.#varint();
      const offset = baseOffset + this.#varint();
      if (offset >= from) {
        const key = this.#prefixed();
        const value = this.#prefixed();
        const headers = this.#headers();
        this.#at = end;
        return { offset, timestamp: appendTimestamp ?? timestamp, key, value, headers };
      }
      this.#at = end;
    }
    return undefined;
  }

  #headers(): Headers {
    const count = this.#varint();
    const headers: Header[] = [];
    for (let n = 0; n < count; n += 1) headers.push(this.#header(n));
    return headers;
  }

  #header(n: number): Header {
    const known = this.#known.at(n);
    const same = known.find(this.#bytes, this.#at);
    if (same !== undefined) {
      this.#at += known.length;
      return same;
    }
    const from = this.#at;
    const length = this.#varint();
    const name = known.name(this.#bytes, this.#at, length);
    this.#at += length;
    const header: Header = [name, this.#prefixed()];
    known.replace(header, this.#bytes, from, this.#at);
    return header;
  }

  #prefixed(): Buffer | null {
    const length = this.#varint();
    if (length < 0) return null;
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError('A field is longer than its batch.');
    return this.#bytes.subarray(start, this.#at);
  }

  /** Reads a number in zigzag form, of up to 64 bits; exact up to 2^53. */
  #varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++];
    if (byte === undefined) throw new RangeError('The batch ends within a record.');
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let scale = 0x80; ; scale *= 0x80) {
      byte = bytes[this.#at++];
      if (byte === undefined) throw new RangeError('The batch ends within a record.');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }
}

/**
 * Whether the bytes hold `count` records, judged by their lengths alone. This detects a forged count before any record
 * is taken, at a few ns per record.
 */
export function holdsRecords(bytes: Buffer, count: number): boolean {
  let at = 0;
  for (let n = 0; n < count; n += 1) {
    let byte = bytes[at++];
    if (byte === undefined) return false;
    let length = byte & 0x7f;
    for (let scale = 0x80; byte >= 0x80; scale *= 0x80) {
      byte = bytes[at++];
      if (byte === undefined || scale > 2 ** 28) return false;
      length += (byte & 0x7f) * scale;
    }
    // An odd number is negative in zigzag form.
    if ((length & 1) === 1) return false;
    at += length / 2;
  }
  return at === bytes.length;
}
