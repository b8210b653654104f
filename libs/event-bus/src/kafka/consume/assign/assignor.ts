import type { MemberSubscription, TopicPartitions } from '../../protocol/consumer-protocol.js';

/**
 * How a group divides partitions among its members:
 * https://kafka.apache.org/documentation/#consumerconfigs_partition.assignment.strategy
 */
export interface Assignor {
  /** The name of the strategy. All members of a group must share one. */
  readonly name: Assignment;
  /**
   * Whether members keep partitions that do not move during a rebalance. Otherwise they give back all of them before
   * they join.
   */
  readonly isCooperative: boolean;
  /** The metadata that a member sends when it joins. */
  subscription(asks: Asks): Buffer;
  /** The partitions of each member, by member id; every member has an entry. `counts` has the existing topics. */
  assign(members: readonly Member[], counts: ReadonlyMap<string, number>): ReadonlyMap<string, TopicPartitions>;
}

/** How a group divides the partitions among its members. */
export type Assignment = 'range' | 'cooperative-sticky';

export interface Asks {
  readonly topic: string;
  /** The partitions of the member, and the generation in which it got them; -1 for none. */
  readonly owned: readonly number[];
  readonly generation: number;
  /**
   * A counter, 0 at first. A new value forces a rebalance; without it the broker would find the metadata unchanged.
   */
  readonly round: number;
}

export interface Member extends MemberSubscription {
  readonly memberId: string;
  /** The instance id of a static member. */
  readonly instanceId: string | null;
}

/**
 * The members that subscribe to each topic, sorted by id. Static members are sorted by their instance id, so that a
 * restart moves nothing.
 */
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
