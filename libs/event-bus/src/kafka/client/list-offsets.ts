import { errorName, ProtocolError } from '../protocol/error-codes.js';
import { LIST_OFFSETS } from '../protocol/list-offsets.js';
import type { Cluster } from './cluster.js';

export interface OffsetsRequest {
  readonly topic: string;
  readonly partitions: readonly number[];
  /** `LATEST`, `EARLIEST`, or a time in ms since 1970. */
  readonly timestamp: number;
}

/** What the broker that leads these partitions says of each: its offset (-1 where there is none), or why it does not know. */
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
