import type { LoadedCodec } from './codec.js';
import { TooLargeError } from './errors.js';
import { zstdSize } from './zstd-size.js';

/** The fastest: the process does nothing else meanwhile. */
const LEVEL = 1;

/** zstd in WebAssembly: about 1 ms for each MB to decompress and 2 ms to compress, in which the process does nothing else. */
export async function loadZstdWasm(): Promise<LoadedCodec> {
  const { default: library } = await import('@foxglove/wasm-zstd');
  await library.isLoaded;
  return {
    compress: (bytes) => Promise.resolve(library.compress(bytes, LEVEL)),
    decompress: async (bytes, maxBytes) => {
      const { atLeast, atMost } = zstdSize(bytes);
      if (atLeast > maxBytes) throw new TooLargeError(`A zstd frame of at least ${atLeast} bytes.`);
      try {
        return await Promise.resolve(library.decompress(bytes, Math.min(atMost, maxBytes)));
      } catch (thrown) {
        // It ends where its room ends, and does not say why it ends.
        throw atMost > maxBytes ? new TooLargeError(`A zstd frame of up to ${atMost} bytes.`) : thrown;
      }
    },
  };
}
