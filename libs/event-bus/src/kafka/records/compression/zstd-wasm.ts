import type { LoadedCodec } from './codec.js';
import { TooLargeError } from './errors.js';
import { zstdSize } from './zstd-size.js';

/** The fastest: it holds up the process. */
const LEVEL = 1;

/** zstd in WebAssembly: about 1 ms for each MB to decompress and 2 ms to compress, in which the process does nothing else. */
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
        // It fails where its room ends as it fails where the bytes are damaged.
        throw size > maxBytes ? new TooLargeError(`A zstd frame of up to ${size} bytes.`) : thrown;
      }
    },
  };
}
