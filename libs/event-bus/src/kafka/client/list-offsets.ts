import { errorName, ProtocolError } from '../protocol/error-codes.js';
import { LIST_OFFSETS } from '../protocol/list-offsets.js';
import type { Cluster } from './cluster.js';

export interface OffsetsRequest {
  readonly topic: string;
  readonly partitions: readonly number[];
  /** `LATEST`, `EARLIEST`, or a time in ms since 1970. */
  readonly timestamp: number;
}

/**
 * Asks the leader of these partitions for their offsets. A partition has an offset (-1 if there is none), or the error
 * of the broker.
 */
export async function listOffsets(
  cluster: Cluster,
  nodeId: number,
  { topic, partitions, timestamp }: OffsetsRequest,
): Promise<ReadonlyMap<number, number | ProtocolError>> {
  const asked = partitions.map((partition) => ({ partition, timestamp }));
  const { topics } = await cluster.ask(nodeId, LIST_OFFSETS, { topics: [{ topic, partitions: asked }] });
  const found = topics.flatMap((of) => of.partitions);
  return new Map(
    found.map(({ partition, errorCode, offset }) => {
      const problem = errorName(errorCode);
      return [partition, problem === undefined ? offset : new ProtocolError(problem)] as const;
    }),
  );
}
