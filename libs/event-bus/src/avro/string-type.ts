import avsc from 'avsc';
import { isUtf8 } from 'node:buffer';
import { endOfPrefixed, type Tap } from './tap.js';

/** A string that rejects truncated and malformed UTF-8. avsc's own puts replacement characters into the text. */
export class StringType extends avsc.types.StringType {
  _read(tap: Tap): string {
    return readString(tap);
  }
}

/** Reads the string at the position of the tap. */
export function readString(tap: Tap): string {
  const end = endOfPrefixed(tap, 'a string is');
  const start = tap.pos;
  tap.pos = end;
  // Reads from the body directly, because creating a Buffer would take longer than decoding.
  const text = (tap.buf as Buffer & Slicing).utf8Slice(start, end);
  // As in `utf8Text`: if the text has no replacement character, the bytes were well formed.
  if (text.includes('\uFFFD') && !isUtf8(tap.buf.subarray(start, end))) throw new Error('a string is not UTF-8');
  return text;
}

/** avsc uses this method too. `toString` first checks its arguments, which doubles the time. Node's types lack it. */
interface Slicing {
  utf8Slice(start: number, end: number): string;
}
