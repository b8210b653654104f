/**
 * The cursor that avsc hands to its types (`Tap` in avsc/lib/utils.js), as far as our own types use it.
 *
 * It never throws at the end of the buffer: it goes on reading zeros, and who started it looks at the position afterwards. Our types
 * therefore check every length before they believe it.
 */
export interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  writeLong(value: number): void;
  writeString(text: string): void;
  skipString(): void;
}

/** What avsc asks of a type that is nested in another. */
export interface ReadWrite {
  _read(tap: Tap): unknown;
  _write(tap: Tap, value: unknown): void;
}

/** What avsc asks of a type whose values are passed over. */
export interface Skip {
  _skip(tap: Tap): void;
}

/** The bytes after their length, in place. Refuses a length beyond the body's end; `what` begins the message. */
export function readPrefixed(tap: Tap, what: string): Buffer {
  const end = endOfPrefixed(tap, what);
  const start = tap.pos;
  tap.pos = end;
  return tap.buf.subarray(start, end);
}

/** Reads a length and answers with where the bytes after it end. Refuses as {@link readPrefixed} does. */
export function endOfPrefixed(tap: Tap, what: string): number {
  const length = tap.readLong();
  const end = tap.pos + length;
  if (length >= 0 && end <= tap.buf.length) return end;
  tap.pos = end;
  throw new Error(`${what} longer than what is left of the body`);
}
