import type { Cluster } from '../client/cluster.js';
import { type MemberSubscription, readSubscription, writeAssignment } from '../protocol/consumer-protocol.js';
import { ProtocolError } from '../protocol/error-codes.js';
import type { GroupMember as JoinedMember } from '../protocol/join-group.js';
import type { Assignor } from './assign/assignor.js';

/** The number of partitions of each topic, as the leader of the group found them. */
export type Counts = ReadonlyMap<string, number>;

/** The errors of topics that other members subscribe to. Their mistake must not stop the rest of the group. */
const NO_TOPIC: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
]);

/**
 * Divides the partitions, as the leader of the group. Resolves with the assignments and the numbers of partitions.
 * Rejects if it cannot look these numbers up.
 */
export async function divide(
  cluster: Cluster,
  assignor: Assignor,
  joined: readonly JoinedMember[],
): Promise<{
  readonly counts: Counts;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}> {
  const members = joined.map(({ memberId, instanceId, metadata }) => ({
    memberId,
    instanceId,
    ...subscriptionIn(metadata),
  }));
  const counts = await countPartitions(cluster, [...new Set(members.flatMap(({ topics }) => topics))]);
  const assigned = assignor.assign(members, counts);
  return {
    counts,
    assignments: [...assigned].map(([memberId, partitions]) => ({ memberId, assignment: writeAssignment(partitions) })),
  };
}

/**
 * Counts the partitions of the topics. Missing topics are left out. Partitions without a leader count, because they
 * will get one.
 */
export async function countPartitions(cluster: Cluster, topics: readonly string[]): Promise<Counts> {
  const found = await cluster.refresh(topics);
  const failed = found.find(({ error }) => error !== undefined && !NO_TOPIC.has(error));
  if (failed?.error !== undefined) throw new ProtocolError(failed.error);
  return new Map(
    found.flatMap(({ name, error, partitions }) => (error === undefined ? [[name, partitions.length] as const] : [])),
  );
}

function subscriptionIn(metadata: Buffer): MemberSubscription {
  try {
    return readSubscription(metadata);
  } catch {
    // A member with unreadable metadata gets no partitions; the others get theirs.
    return { topics: [], userData: Buffer.alloc(0), owned: new Map(), generation: -1 };
  }
}
