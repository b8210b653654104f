import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unzip = promisify(gunzip);
const GZIP = 1;

/** What the bytes of a batch unpack to; rejects when that is more than `maxBytes`, and when they are damaged. */
export async function decompress(
  codec: number,
  bytes: Buffer,
  { maxBytes }: { readonly maxBytes: number },
): Promise<Buffer> {
  if (codec !== GZIP) throw new Error(`it is compressed by codec ${codec}, which is unknown here`);
  return unzip(bytes, { maxOutputLength: maxBytes });
}
