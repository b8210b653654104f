import { utf8Text } from '../utf8.js';

/** Decodes bytes that are mostly the same as the last time: comparing them costs less than decoding them. */
export class TextCache {
  #last = '';

  /** Returns `undefined` if the bytes are not UTF-8. */
  read(bytes: Uint8Array): string | undefined {
    if (isText(bytes, this.#last)) return this.#last;
    const text = utf8Text(bytes);
    // A text with one byte for each character is ASCII. Only such texts can be compared with bytes.
    if (text?.length === bytes.byteLength) this.#last = text;
    return text;
  }
}

/** Whether the bytes are this ASCII text. For few bytes a loop is faster than `equals`. */
export function isText(bytes: Uint8Array, ascii: string): boolean {
  if (bytes.byteLength !== ascii.length) return false;
  for (let n = 0; n < ascii.length; n += 1) if (bytes[n] !== ascii.charCodeAt(n)) return false;
  return true;
}
