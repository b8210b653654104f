/** One of Kafka's compressions. Its library is loaded on first use, as most processes need none. */
export interface Codec {
  /** Completes the sentence "zstd needs …, which cannot be loaded here". */
  readonly needs: string;
  /** Loads the library. Rejects if it is missing. */
  load(): Promise<LoadedCodec>;
}

export interface LoadedCodec {
  compress(bytes: Buffer): Promise<Buffer>;
  /**
   * Rejects with a `TooLargeError` before the result is much larger than `maxBytes`. Any other rejection means that the
   * bytes are damaged.
   */
  decompress(bytes: Buffer, maxBytes: number): Promise<Buffer>;
}

/** A codec from a package that is loaded once. Its binaries are optional dependencies, one per platform. */
export function nativeCodec(name: string, load: () => Promise<LoadedCodec>): Codec {
  const binary = `its binary for ${process.platform} ${process.arch}`;
  const installed = 'npm installs both with nest-event-bus, unless it is told to omit optional dependencies';
  return { needs: `the package ${name} and ${binary} (${installed})`, load: once(load) };
}

/** Calls `make` once, at the first call, and returns its result from then on. */
export function once<Made>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => (made ??= make());
}
