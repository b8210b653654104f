import type { Header } from '../../core/backend.js';

/** The number of headers of a record that have their own cache entry. */
const MAX_PLACES = 64;
/** Longer headers are not cached, in bytes. */
const MAX_BYTES = 256;
/** After this many misses in a row, an entry pauses. */
const MAX_MISSES = 8;
/** An entry caches again after this many records, to see whether the next one has the same header. */
const REST = 1_000;

/**
 * Caches the headers of the last records by their index. Consecutive records mostly differ only in id and time, so
 * equal headers need not be created again.
 */
export class HeaderCache {
  readonly #places: KnownHeader[] = [];

  /** `n` is the index of the header in its record. */
  at(n: number): KnownHeader {
    // All later headers share the last entry. The cached header is compared with them as usual.
    return (this.#places[Math.min(n, MAX_PLACES - 1)] ??= new KnownHeader());
  }
}

/** The cached header of one index. It never keeps the bytes of a batch in memory. */
export class KnownHeader {
  #header: Header | undefined;
  /** The header in its wire form. */
  #bytes = EMPTY;
  #name = '';
  #nameBytes = EMPTY;
  #misses = 0;

  /** The size of the header on the wire, in bytes. */
  get length(): number {
    return this.#bytes.length;
  }

  /**
   * Returns the cached header if the bytes at `at` are equal to it. All records share it; it is frozen, and its bytes
   * must not be changed.
   */
  find(bytes: Buffer, at: number): Header | undefined {
    if (this.#header === undefined || !isAt(bytes, at, this.#bytes)) return undefined;
    this.#misses = 0;
    return this.#header;
  }

  /** Returns the header name at `at`. Throws a `RangeError` if the bytes end too early. */
  name(bytes: Buffer, at: number, length: number): string {
    if (this.#nameBytes.length === length && isAt(bytes, at, this.#nameBytes)) return this.#name;
    if (!(length >= 0 && at + length <= bytes.length)) throw new RangeError('A name is longer than its batch.');
    this.#nameBytes = Buffer.from(bytes.subarray(at, at + length));
    return (this.#name = this.#nameBytes.toString('utf8'));
  }

  /** Replaces the cached header by the one at `from`. */
  replace([name, value]: Header, bytes: Buffer, from: number, until: number): void {
    this.#header = undefined;
    this.#misses += 1;
    const mayComeAgain = this.#misses <= MAX_MISSES || this.#misses % REST === 0;
    if (!mayComeAgain || until - from > MAX_BYTES) return;
    this.#bytes = Buffer.from(bytes.subarray(from, until));
    const copy = value === null ? null : this.#bytes.subarray(this.#bytes.length - value.byteLength);
    this.#header = Object.freeze<Header>([name, copy]);
  }
}

const EMPTY = Buffer.alloc(0);

function isAt(bytes: Buffer, at: number, known: Buffer): boolean {
  for (let n = 0; n < known.length; n += 1) if (bytes[at + n] !== known[n]) return false;
  return true;
}
