import type { Header } from '../../core/backend.js';

/** So many headers of a record have a place of their own. */
const MAX_PLACES = 64;
/** Longer ones are not kept, in bytes. */
const MAX_BYTES = 256;
/** After so many records in a row, each with another header than the one before, none is kept for a while. */
const MAX_MISSES = 8;
/** So many records later one is kept again, to see whether the next has the same. */
const REST = 1_000;

/**
 * The headers of the records read last, by their places. Records that follow each other mostly differ in id and time alone: what is the same
 * byte for byte need not be made again.
 */
export class HeaderCache {
  readonly #places: KnownHeader[] = [];

  /** `n` is the header's place in its record. */
  at(n: number): KnownHeader {
    // All that lie far behind share the last place: what is known there is compared with them like anything else.
    return (this.#places[Math.min(n, MAX_PLACES - 1)] ??= new KnownHeader());
  }
}

/** What the last record had at one place. Nothing that is kept here keeps the bytes of a batch. */
export class KnownHeader {
  #header: Header | undefined;
  /** As it lies on the wire. */
  #bytes = EMPTY;
  #name = '';
  #nameBytes = EMPTY;
  #misses = 0;

  /** How many bytes the header takes on the wire. */
  get length(): number {
    return this.#bytes.length;
  }

  /** The header, if it is this one that lies there. Every record that has it shares it, frozen; its bytes must not be changed. */
  find(bytes: Buffer, at: number): Header | undefined {
    if (this.#header === undefined || !isAt(bytes, at, this.#bytes)) return undefined;
    this.#misses = 0;
    return this.#header;
  }

  /** The text of the name that lies there; throws a `RangeError` when the bytes end too early. */
  name(bytes: Buffer, at: number, length: number): string {
    if (this.#nameBytes.length === length && isAt(bytes, at, this.#nameBytes)) return this.#name;
    if (!(length >= 0 && at + length <= bytes.length)) throw new RangeError('A name is longer than its batch.');
    this.#nameBytes = Buffer.from(bytes.subarray(at, at + length));
    return (this.#name = this.#nameBytes.toString('utf8'));
  }

  /** Takes another header in its place, the one that lies there. */
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
