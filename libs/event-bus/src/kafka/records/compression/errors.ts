/** A batch cannot be compressed or decompressed. The message says what is wrong with it, or what is missing here. */
export class CompressionError extends Error {
  override readonly name = 'CompressionError';
}

/** Bytes decompress to more than the limit. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}
