import avsc from 'avsc';
import { utf8Text } from '../core/utf8.js';
import { readPrefixed, type Tap } from './tap.js';

/** A string that is refused unless its bytes are there and are UTF-8; avsc's own puts replacement characters into the text. */
export class StringType extends avsc.types.StringType {
  _read(tap: Tap): string {
    return readString(tap);
  }
}

/** The string that begins at the tap's position. */
export function readString(tap: Tap): string {
  const text = utf8Text(readPrefixed(tap, 'a string is'));
  if (text === undefined) throw new Error('a string is not UTF-8');
  return text;
}
