import { gunzip, gzip } from 'node:zlib';
import type { Codec } from './codec.js';
import { zlibCompress, zlibDecompress } from './zlib.js';

const LOADED = {
  compress: (bytes: Buffer) => zlibCompress(gzip, bytes),
  decompress: (bytes: Buffer, maxBytes: number) => zlibDecompress(gunzip, bytes, maxBytes),
};

export const gzipCodec: Codec = { needs: "Node's zlib", load: () => Promise.resolve(LOADED) };
