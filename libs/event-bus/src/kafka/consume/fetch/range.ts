import type { Cluster } from '../../client/cluster.js';
import { listOffsets } from '../../client/list-offsets.js';
import { ProtocolError } from '../../protocol/error-codes.js';
import { EARLIEST, LATEST } from '../../protocol/list-offsets.js';
import type { Started } from './started.js';

export interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * How often a broker must report that a position lies behind the end. A new leader may not know all confirmed records
 * yet.
 */
const DOUBTS = 5;

/** The first and the next offset of a partition, from its leader. Rejects if the leader does not know. */
export async function rangeOf(
  cluster: Cluster,
  nodeId: number,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): Promise<Range> {
  const offsetAt = async (timestamp: number): Promise<number> => {
    const found = await listOffsets(cluster, nodeId, { topic, partitions: [partition], timestamp });
    const offset = found.get(partition) ?? new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION');
    if (typeof offset !== 'number') throw offset;
    return offset;
  };
  const [low, high] = await Promise.all([offsetAt(EARLIEST), offsetAt(LATEST)]);
  return { low, high };
}

/** Whether the position is certainly out of range. */
export function isOutOfRange(started: Started, { low, high }: Range): boolean {
  if (started.offset < low) return true;
  if (started.offset <= high) return false;
  started.doubts += 1;
  return started.doubts >= DOUBTS;
}
