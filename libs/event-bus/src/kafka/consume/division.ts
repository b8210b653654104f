import type { Cluster } from '../client/cluster.js';
import { type MemberSubscription, readSubscription, writeAssignment } from '../protocol/consumer-protocol.js';
import { ProtocolError } from '../protocol/error-codes.js';
import type { GroupMember as JoinedMember } from '../protocol/join-group.js';
import type { Assignor } from './assign/assignor.js';

/** How many partitions the topics of a group have, as its leader found them. */
export type Counts = ReadonlyMap<string, number>;

/** What a topic may be that others ask for: their mistake must not keep the rest of the group. */
const NO_TOPIC: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
]);

/** What the group's leader says who gets what, and how many partitions it divided. Rejects when it could not learn them. */
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

/** Topics that are not there are left out. Partitions without a leader count: they will have one. */
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
    // Whoever it is gets nothing, and the others theirs.
    return { topics: [], userData: Buffer.alloc(0), owned: new Map(), generation: -1 };
  }
}
