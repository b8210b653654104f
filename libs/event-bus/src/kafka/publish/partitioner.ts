import { crc32 } from 'node:zlib';

/**
 * The partition of a key: CRC-32 of its bytes, modulo the number of partitions, as librdkafka's default partitioner has it. So Python
 * services and we agree on it; the bytes include the framing. `undefined` for no key and for an empty one, which go anywhere.
 */
export function partitionOf(key: Uint8Array | null, partitions: number): number | undefined {
  return key === null || key.byteLength === 0 ? undefined : crc32(key) % partitions;
}
