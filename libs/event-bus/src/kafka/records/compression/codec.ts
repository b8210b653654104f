/** One of Kafka's compressions. What it is made of is loaded when it is first needed: most processes need none. */
export interface Codec {
  /** Completes the sentence "zstd needs …, which cannot be loaded here". */
  readonly needs: string;
  /** Rejects where what it needs is missing. */
  load(): Promise<LoadedCodec>;
}

export interface LoadedCodec {
  compress(bytes: Buffer): Promise<Buffer>;
  /** Rejects with a `TooLargeError` before it holds much more than `maxBytes`; any other rejection means that the bytes are damaged. */
  decompress(bytes: Buffer, maxBytes: number): Promise<Buffer>;
}

/** A codec of a package that is loaded once. Its binaries are optional dependencies of it, one for each platform. */
export function nativeCodec(name: string, load: () => Promise<LoadedCodec>): Codec {
  const binary = `its binary for ${process.platform} ${process.arch}`;
  const installed = 'npm installs both with nest-event-bus, unless it is told to omit optional dependencies';
  return { needs: `the package ${name} and ${binary} (${installed})`, load: once(load) };
}

/** Calls `make` at the first call, and gives what that made at every call. */
export function once<Made>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => (made ??= make());
}
