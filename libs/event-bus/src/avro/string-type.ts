import avsc from 'avsc';
import { isUtf8 } from 'node:buffer';
import { endOfPrefixed, type Tap } from './tap.js';

/** A string that is refused unless its bytes are there and are UTF-8; avsc's own puts replacement characters into the text. */
export class StringType extends avsc.types.StringType {
  _read(tap: Tap): string {
    return readString(tap);
  }
}

/** The string that begins at the tap's position. */
export function readString(tap: Tap): string {
  const end = endOfPrefixed(tap, 'a string is');
  const start = tap.pos;
  tap.pos = end;
  // Without a Buffer of its own, which would cost more than the text.
  const text = (tap.buf as Buffer & Slicing).utf8Slice(start, end);
  // As in utf8Text: only what decodes with a replacement character can be malformed.
  if (text.includes('\uFFFD') && !isUtf8(tap.buf.subarray(start, end))) throw new Error('a string is not UTF-8');
  return text;
}

/** As avsc calls it: `toString` looks its arguments over first, which takes as long as the rest. Not in Node's types. */
interface Slicing {
  utf8Slice(start: number, end: number): string;
}
