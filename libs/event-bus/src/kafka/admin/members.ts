import type { Cluster } from '../client/cluster.js';
import { readAssignment } from '../protocol/consumer-protocol.js';
import { DESCRIBE_GROUPS, type DescribeGroupsResponse } from '../protocol/describe-groups.js';
import { errorName, ProtocolError } from '../protocol/error-codes.js';
import { patiently } from './patience.js';

/** The current members of the group, on any topics, described for operators. */
export function membersOf(cluster: Cluster, group: string): Promise<readonly string[]> {
  return patiently({
    whom: () => cluster.coordinatorOf(group),
    async ask(coordinator) {
      const { groups } = await cluster.ask(coordinator, DESCRIBE_GROUPS, { groups: [group] });
      const { errorCode = 0, state = 'Dead', members = [] } = groups[0] ?? {};
      const problem = errorName(errorCode);
      if (problem === 'GROUP_ID_NOT_FOUND') return [];
      if (problem !== undefined) throw new ProtocolError(problem);
      if (state === 'Dead' || state === 'Unknown' || state === 'Empty') return [];
      return members.length === 0 ? [`unknown members (the group is in state ${state})`] : members.map(memberText);
    },
  });
}

export type Member = DescribeGroupsResponse['groups'][number]['members'][number];

/** A member, described for operators. */
export function memberText({ clientId, clientHost, assignment }: Member): string {
  const on = topicsIn(assignment);
  return `${clientId} at ${clientHost.replace(/^\//, '')}${on.length === 0 ? '' : ` (${on.join(', ')})`}`;
}

/** The topics of a member. Empty if the group is not a consumer group: its members may write anything there. */
function topicsIn(assignment: Buffer): readonly string[] {
  try {
    return [...readAssignment(assignment).keys()];
  } catch {
    return [];
  }
}
