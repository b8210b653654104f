import { asError } from '../../core/backoff.js';
import type { Batch } from './batch.js';
import { type Codec, packBatch, writeBatch } from './batch-writer.js';

/** Writes batches for the wire, compressed if there is a codec, and keeps their order. */
export class Packer {
  readonly #codec: Codec | undefined;
  #packing: Promise<void> | undefined;

  constructor(codec: Codec | undefined) {
    this.#codec = codec;
  }

  /**
   * Calls `onPacked` when the batches have their bytes, with the error if a compressor failed: at once if nothing is
   * compressed, otherwise later, but never before the batches of an earlier call.
   */
  pack(batches: readonly Batch[], onPacked: (error?: Error) => void): void {
    const compressing = this.#write(batches);
    if (compressing === undefined && this.#packing === undefined) {
      onPacked();
      return;
    }
    const packing = Promise.all([this.#packing, compressing])
      .then(
        () => onPacked(),
        (thrown: unknown) => onPacked(asError(thrown)),
      )
      .finally(() => {
        if (this.#packing === packing) this.#packing = undefined;
      });
    this.#packing = packing;
  }

  /** Returns a promise only if a batch must be compressed. */
  #write(batches: readonly Batch[]): Promise<unknown> | undefined {
    const codec = this.#codec;
    const compressing: Promise<void>[] = [];
    for (const batch of batches) {
      if (batch.bytes !== undefined) continue;
      const bytes = writeBatch(
        batch.entries.map(({ record }) => record),
        Date.now(),
      );
      batch.bytes = bytes;
      if (codec !== undefined) compressing.push(packBatch(bytes, codec).then((packed) => void (batch.bytes = packed)));
    }
    return compressing.length === 0 ? undefined : Promise.all(compressing);
  }
}
