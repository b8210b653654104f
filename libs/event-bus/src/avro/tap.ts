/**
 * The cursor that avsc passes to its types (`Tap` in avsc/lib/utils.js), reduced to what our types use.
 *
 * It does not throw at the end of the buffer but reads zeros; avsc checks the position after decoding. So our types
 * check every length before they use it.
 */
export interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  writeLong(value: number): void;
  writeString(text: string): void;
  skipString(): void;
}

/** The methods that avsc calls on a nested type. */
export interface ReadWrite {
  _read(tap: Tap): unknown;
  _write(tap: Tap, value: unknown): void;
}

/** The method that avsc calls on a type whose value it skips. */
export interface Skip {
  _skip(tap: Tap): void;
}

/**
 * Reads a length and returns the bytes after it, without a copy. Throws if they would pass the end of the body; `what`
 * begins the message.
 */
export function readPrefixed(tap: Tap, what: string): Buffer {
  const end = endOfPrefixed(tap, what);
  const start = tap.pos;
  tap.pos = end;
  return tap.buf.subarray(start, end);
}

/** Reads a length and returns the end of the bytes after it. Throws like {@link readPrefixed}. */
export function endOfPrefixed(tap: Tap, what: string): number {
  const length = tap.readLong();
  const end = tap.pos + length;
  if (length >= 0 && end <= tap.buf.length) return end;
  tap.pos = end;
  throw new Error(`${what} longer than what is left of the body`);
}
