import { asError } from '../../core/backoff.js';
import type { Codec, LoadedCodec } from './compression/codec.js';
import { CompressionError, TooLargeError } from './compression/errors.js';
import { gzipCodec } from './compression/gzip.js';
import { lz4Codec } from './compression/lz4.js';
import { snappyCodec } from './compression/snappy.js';
import { zstdCodec } from './compression/zstd.js';

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** By their number in the attributes of a batch, in the order of https://kafka.apache.org/documentation/#recordbatch */
const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

const CODECS: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = {
  gzip: gzipCodec,
  snappy: snappyCodec,
  lz4: lz4Codec,
  zstd: zstdCodec,
};

/** The number of a compression in the attributes of a batch. */
export function codecNumber(compression: Compression): number {
  return NAMES.indexOf(compression);
}

/** Compresses the records of a batch, in the form that Kafka's other clients read. Rejects with a {@link CompressionError} where {@link missingFor} names what is missing. */
export async function compress(codec: number, bytes: Buffer): Promise<Buffer> {
  const name = nameOf(codec);
  if (name === 'none') return bytes;
  return (await loaded(name)).compress(bytes);
}

/**
 * Decompresses the records of a batch, of any client. The result has at most `maxBytes`, and no more memory than a few times that is spent on finding out.
 * Rejects with a {@link CompressionError} when they are larger or damaged, when the codec is unknown, and where {@link missingFor} names what is
 * missing. Its message completes the sentence "The batch cannot be read: …".
 */
export async function decompress(
  codec: number,
  bytes: Buffer,
  { maxBytes }: { readonly maxBytes: number },
): Promise<Buffer> {
  const name = nameOf(codec);
  if (name === 'none') return bytes;
  const found = await loaded(name);
  try {
    return await found.decompress(bytes, maxBytes);
  } catch (thrown) {
    const isTooLarge = thrown instanceof TooLargeError;
    const reason = isTooLarge ? `are more than ${maxBytes} bytes` : `are damaged (${firstLine(asError(thrown))})`;
    throw new CompressionError(`its records, decompressed from ${name}, ${reason}`, { cause: thrown });
  }
}

/**
 * What this machine lacks to write and read a compression, and how to get it; `undefined` when nothing is missing. To be asked at the start,
 * which also loads what is needed.
 */
export async function missingFor(compression: Compression): Promise<string | undefined> {
  if (compression === 'none') return undefined;
  const codec = CODECS[compression];
  try {
    await codec.load();
    return undefined;
  } catch (thrown) {
    return `${compression} needs ${codec.needs}, which cannot be loaded here: ${firstLine(asError(thrown))}`;
  }
}

/** What {@link missingFor} says of all compressions: topics may have any. */
export async function missingForAny(): Promise<readonly string[]> {
  const missing = await Promise.all(NAMES.map((name) => missingFor(name)));
  return missing.filter((text) => text !== undefined);
}

function nameOf(codec: number): Compression {
  const name = NAMES[codec];
  if (name === undefined) throw new CompressionError(`its compression has the number ${codec}, which is unknown`);
  return name;
}

async function loaded(name: Exclude<Compression, 'none'>): Promise<LoadedCodec> {
  const missing = await missingFor(name);
  if (missing !== undefined) throw new CompressionError(missing);
  return CODECS[name].load();
}

/** Loaders of native packages list all that they tried. */
function firstLine({ message }: Error): string {
  return message.split('\n', 1)[0] ?? '';
}
