import { compileSchema } from '../../avro/index.js';
import { utf8Text } from '../../core/utf8.js';

const LONG = compileSchema('"long"');

/**
 * Returns the key for logs, from its Avro bytes: a text, else a whole number, if the bytes are exactly one of these;
 * else `null`.
 *
 * The schema is not requested: the length of a string and the last byte of an integer tell the two apart.
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
    // Longer than 64 bits.
    return undefined;
  }
}
