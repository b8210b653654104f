import type lz4 from 'lz4-napi';
import { type LoadedCodec, nativeCodec } from './codec.js';
import { TooLargeError } from './errors.js';
import { isLargerLz4 } from './lz4-size.js';

type Library = Pick<typeof lz4, 'compressFrame' | 'decompressFrame'>;

export const lz4Codec = nativeCodec('lz4-napi', async () => codecOf((await import('lz4-napi')).default));

function codecOf({ compressFrame, decompressFrame }: Library): LoadedCodec {
  return {
    compress: (bytes) => compressFrame(bytes),
    decompress: async (bytes, maxBytes) => {
      // The library has no limit.
      if (isLargerLz4(bytes, maxBytes)) throw new TooLargeError(`An LZ4 frame of more than ${maxBytes} bytes.`);
      return decompressFrame(bytes);
    },
  };
}
