import type { LoadedCodec } from './codec.js';
import { TooLargeError } from './errors.js';
import { zstdSize } from './zstd-size.js';

/** The fastest level, because it blocks the process. */
const LEVEL = 1;

/** zstd in WebAssembly. It blocks the process for about 1 ms per MB to decompress and 2 ms per MB to compress. */
export async function loadZstdWasm(): Promise<LoadedCodec> {
  const { default: library } = await import('@foxglove/wasm-zstd');
  await library.isLoaded;
  return {
    compress: (bytes) => Promise.resolve(library.compress(bytes, LEVEL)),
    decompress: async (bytes, maxBytes) => {
      const { named, atMost } = zstdSize(bytes);
      const size = named ?? atMost;
      try {
        return await Promise.resolve(library.decompress(bytes, Math.min(size, maxBytes)));
      } catch (thrown) {
        // The same error means that the output buffer is full or that the bytes are damaged.
        throw size > maxBytes ? new TooLargeError(`A zstd frame of up to ${size} bytes.`) : thrown;
      }
    },
  };
}
