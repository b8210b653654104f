import avsc from 'avsc';
import { utf8Text } from '../core/utf8.js';
import type { Tap } from './tap.js';

/** A string that is refused unless its bytes are there and are UTF-8; avsc's own puts replacement characters into the text. */
export class StringType extends avsc.types.StringType {
  _read(tap: Tap): string {
    return readString(tap);
  }
}

/** The string that begins at the tap's position. */
export function readString(tap: Tap): string {
  const length = tap.readLong();
  const start = tap.pos;
  tap.pos = start + length;
  if (!(length >= 0 && tap.pos <= tap.buf.length)) throw new Error('a string is longer than what is left of the body');
  const text = utf8Text(tap.buf.subarray(start, tap.pos));
  if (text === undefined) throw new Error('a string is not UTF-8');
  return text;
}
