import type { MemberSubscription, TopicPartitions } from '../../protocol/consumer-protocol.js';

/** How a group divides partitions among its members: https://kafka.apache.org/documentation/#consumerconfigs_partition.assignment.strategy */
export interface Assignor {
  /** Members of one group have one of these names in common. */
  readonly name: Assignment;
  /** Whether a member keeps what does not move while the group divides; else it gives all back before it joins. */
  readonly isCooperative: boolean;
  /** What a member says when it joins. */
  subscription(asks: Asks): Buffer;
  /** Who gets what, by the names of the members; every member is in it. `counts` has the topics that there are. */
  assign(members: readonly Member[], counts: ReadonlyMap<string, number>): ReadonlyMap<string, TopicPartitions>;
}

export type Assignment = 'range' | 'cooperative-sticky';

export interface Asks {
  readonly topic: string;
  /** What the member holds, and since which generation; -1 for none. */
  readonly owned: readonly number[];
  readonly generation: number;
  /** Another number has the broker divide anew where it would find nothing changed; 0 at first. */
  readonly round: number;
}

export interface Member extends MemberSubscription {
  readonly memberId: string;
  /** Of a static member. */
  readonly instanceId: string | null;
}

/** The members that ask for each topic, in the order of their names: static members by theirs, so that a restart moves nothing. */
export function membersByTopic(members: readonly Member[]): ReadonlyMap<string, readonly Member[]> {
  const result = new Map<string, Member[]>();
  for (const member of members.toSorted(byName))
    for (const topic of new Set(member.topics)) result.set(topic, [...(result.get(topic) ?? []), member]);
  return result;
}

function byName(one: Member, other: Member): number {
  // Java and librdkafka put static members first.
  if ((one.instanceId === null) !== (other.instanceId === null)) return one.instanceId === null ? 1 : -1;
  const [a, b] = [one.instanceId ?? one.memberId, other.instanceId ?? other.memberId];
  return a < b ? -1 : a > b ? 1 : 0;
}
