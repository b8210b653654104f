/**
 * A batch cannot be compressed or decompressed. The message says what is wrong with it, or what is missing on this
 * machine.
 */
export class CompressionError extends Error {
  override readonly name = 'CompressionError';
}

/** The decompressed bytes exceed the limit. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}
