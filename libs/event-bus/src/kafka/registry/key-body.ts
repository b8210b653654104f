import { compileSchema } from '../../avro/index.js';
import { utf8Text } from '../../core/utf8.js';

const LONG = compileSchema('"long"');

/**
 * What the Avro bytes of a key say, for logs: a text, else a whole number, if they are one from the first byte to the last; else `null`.
 *
 * Their schema is not asked for: a string's length, and the last byte of an integer, tell the two apart.
 */
export function readKeyBody(body: Buffer | undefined): unknown {
  const read = body === undefined ? undefined : readLong(body);
  if (body === undefined || read === undefined || read.offset < 0) return null;
  if (Number(read.value) === body.length - read.offset) return utf8Text(body.subarray(read.offset)) ?? null;
  return read.offset === body.length ? read.value : null;
}

function readLong(body: Buffer): { readonly value: number | bigint; readonly offset: number } | undefined {
  try {
    return LONG.decode(body, 0);
  } catch {
    // More than 64 bits.
    return undefined;
  }
}
