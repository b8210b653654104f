import * as zlib from 'node:zlib';
import { type Codec, type LoadedCodec, once } from './codec.js';
import { TooLargeError } from './errors.js';
import { zstdSize } from './zstd-size.js';
import { loadZstdWasm } from './zstd-wasm.js';
import { zlibCompress, zlibDecompress, type ZlibMethod } from './zlib.js';

/** Exists from Node 22.15 on; the types here are those of Node 20. */
interface NodeZstd {
  readonly zstdCompress: ZlibMethod;
  readonly zstdDecompress: ZlibMethod;
}

/** Uses Node's own zstd if it has one, which works in threads; otherwise a package. */
export const zstdCodec: Codec = {
  needs: 'Node.js 22.15 or newer, or the package @foxglove/wasm-zstd (npm installs it with nest-event-bus)',
  load: once(async () => nodeZstd() ?? (await loadZstdWasm())),
};

/** Returns `undefined` if Node has no zstd. */
export function nodeZstd(): LoadedCodec | undefined {
  const { zstdCompress, zstdDecompress } = zlib as unknown as Partial<NodeZstd>;
  if (zstdCompress === undefined || zstdDecompress === undefined) return undefined;
  return {
    compress: (bytes) => zlibCompress(zstdCompress, bytes),
    decompress: async (bytes, maxBytes) => {
      const { named } = zstdSize(bytes);
      if (named !== undefined && named > maxBytes) throw new TooLargeError(`A zstd frame of ${named} bytes.`);
      return zlibDecompress(zstdDecompress, bytes, maxBytes);
    },
  };
}
