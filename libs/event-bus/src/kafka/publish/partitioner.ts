import { crc32 } from 'node:zlib';

/**
 * Returns the partition of a key: CRC-32 of its bytes (framing included) modulo the number of partitions, like
 * librdkafka's default partitioner. So Python services and this one agree on it.
 *
 * Returns `undefined` for no key and for an empty one: any partition will do.
 */
export function partitionOf(key: Uint8Array | null, partitions: number): number | undefined {
  return key === null || key.byteLength === 0 ? undefined : crc32(key) % partitions;
}
