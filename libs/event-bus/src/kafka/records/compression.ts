import { asError } from '../../core/backoff.js';
import type { Codec, LoadedCodec } from './compression/codec.js';
import { CompressionError, TooLargeError } from './compression/errors.js';
import { gzipCodec } from './compression/gzip.js';
import { lz4Codec } from './compression/lz4.js';
import { snappyCodec } from './compression/snappy.js';
import { zstdCodec } from './compression/zstd.js';

/** How published records are compressed. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** The index is the number in the attributes of a batch: https://kafka.apache.org/documentation/#recordbatch */
const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

const CODECS: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = {
  gzip: gzipCodec,
  snappy: snappyCodec,
  lz4: lz4Codec,
  zstd: zstdCodec,
};

/** Returns the number of a compression in the attributes of a batch. */
export function codecNumber(compression: Compression): number {
  return NAMES.indexOf(compression);
}

/**
 * Compresses the records of a batch, in the form that Kafka's other clients read. Rejects with a {@link
 * CompressionError} if {@link missingFor} reports a missing codec.
 */
export async function compress(codec: number, bytes: Buffer): Promise<Buffer> {
  const name = nameOf(codec);
  if (name === 'none') return bytes;
  return (await loaded(name)).compress(bytes);
}

/**
 * Decompresses the records of a batch of any client. The result has at most `maxBytes`; finding that it is larger takes
 * no more than a few times that memory.
 *
 * Rejects with a {@link CompressionError} if the records are larger or damaged, if the codec is unknown, or if {@link
 * missingFor} reports that it is missing. The message completes the sentence "The batch cannot be read: …".
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
 * Returns what a compression lacks on this machine and how to get it, or `undefined` if nothing is missing. Call this
 * at start: it also loads the codec.
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

/** Returns what {@link missingFor} reports for all compressions, because a topic may have any. */
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

/** The first line: loaders of native packages list everything that they tried. */
function firstLine({ message }: Error): string {
  return message.split('\n', 1)[0] ?? '';
}
