import kafkajs, { type Cluster, type GroupMember, type PartitionAssigner } from 'kafkajs';

/**
 * The range assigner, by the name and the format that librdkafka and Kafka's own clients have, so that their members and ours may share
 * a group. kafkajs's own goes by a name of its own, and gives partitions to members that never asked for the topic.
 */
export function rangeAssigner(onCluster: (cluster: Cluster) => void): PartitionAssigner {
  return ({ cluster }) => {
    onCluster(cluster);
    return {
      name: 'range',
      version: 0,
      protocol: ({ topics }) => ({
        name: 'range',
        metadata: MemberMetadata.encode({ version: 0, topics, userData: NO_DATA }),
      }),
      async assign({ members }) {
        const assigned = new Map<string, Record<string, number[]>>(members.map(({ memberId }) => [memberId, {}]));
        for (const [topic, interested] of membersByTopic(members)) {
          const partitions = await partitionsOf(cluster, topic);
          for (const [n, memberId] of interested.toSorted().entries())
            (assigned.get(memberId) ?? {})[topic] = share(partitions, n, interested.length);
        }
        return [...assigned].map(([memberId, assignment]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({ version: 0, assignment, userData: NO_DATA }),
        }));
      },
    };
  };
}

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol;
const NO_DATA = Buffer.alloc(0);

/** Processes of one group may consume different topics; the leader divides them all. */
function membersByTopic(members: readonly GroupMember[]): ReadonlyMap<string, readonly string[]> {
  const result = new Map<string, string[]>();
  for (const { memberId, memberMetadata } of members) {
    for (const topic of MemberMetadata.decode(memberMetadata)?.topics ?? [])
      result.set(topic, [...(result.get(topic) ?? []), memberId]);
  }
  return result;
}

/** None when there is no such topic: another member's mistake must not keep the rest of the group. */
async function partitionsOf(cluster: Cluster, topic: string): Promise<readonly number[]> {
  try {
    const broker = await cluster.findControllerBroker();
    const { topicMetadata } = await broker.metadata([topic]);
    const found = topicMetadata.find((each) => each.topic === topic);
    return (found?.partitionMetadata ?? []).map(({ partitionId }) => partitionId).toSorted((a, b) => a - b);
  } catch {
    return [];
  }
}

/** The n-th of so many shares; the first ones are larger by one when it does not come out even. */
function share(partitions: readonly number[], n: number, of: number): number[] {
  const least = Math.floor(partitions.length / of);
  const larger = partitions.length % of;
  const from = n * least + Math.min(n, larger);
  return partitions.slice(from, from + least + (n < larger ? 1 : 0));
}
