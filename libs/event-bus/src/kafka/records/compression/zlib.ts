import { codedError } from '../../../core/tls.js';
import { TooLargeError } from './errors.js';

/** A method of node:zlib. It works in a thread and joins its chunks. */
export type ZlibMethod = (
  bytes: Buffer,
  options: { readonly chunkSize: number; readonly maxOutputLength?: number },
  done: (error: Error | null, result: Buffer) => void,
) => void;

/** Each chunk costs a round trip to a thread. */
const CHUNK_BYTES = { least: 16 * 1024, most: 256 * 1024 };
/** The usual compression ratio of text. */
const RATIO = 4;

export function zlibCompress(method: ZlibMethod, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    method(bytes, { chunkSize: chunkSize(bytes.length / RATIO) }, settle(resolve, reject));
  });
}

export function zlibDecompress(method: ZlibMethod, bytes: Buffer, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { chunkSize: chunkSize(bytes.length * RATIO), maxOutputLength: maxBytes };
    method(bytes, options, settle(resolve, reject));
  });
}

function chunkSize(expected: number): number {
  return Math.min(CHUNK_BYTES.most, Math.max(CHUNK_BYTES.least, Math.ceil(expected)));
}

function settle(resolve: (result: Buffer) => void, reject: (error: Error) => void): Parameters<ZlibMethod>[2] {
  return (error, result) => {
    if (error === null) resolve(result);
    else if (codedError(error)?.code === 'ERR_BUFFER_TOO_LARGE') reject(new TooLargeError(error.message));
    else reject(error);
  };
}
