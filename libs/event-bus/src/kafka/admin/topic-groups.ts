import type { TopicGroup } from '../../core/backend.js';
import type { Cluster } from '../client/cluster.js';
import { isMissingRight } from '../client/errors.js';
import { readAssignment, readSubscription } from '../protocol/consumer-protocol.js';
import { DESCRIBE_GROUPS } from '../protocol/describe-groups.js';
import { errorName, refuse } from '../protocol/error-codes.js';
import { LIST_GROUPS } from '../protocol/list-groups.js';
import { METADATA } from '../protocol/metadata.js';
import { committedOf } from './group-offsets.js';
import { type Member, memberText } from './members.js';
import { again } from './patience.js';

/** The names of all topics, except those of the brokers. */
export async function allTopics(cluster: Cluster): Promise<readonly string[]> {
  const { topics } = await cluster.askAny(METADATA, { topics: null });
  return topics.filter(({ isInternal }) => !isInternal).map(({ name }) => name);
}

/** See `Admin.groups`. A member on other topics alone does not count. */
export async function groupsOn(cluster: Cluster, topic: string): Promise<readonly TopicGroup[]> {
  await cluster.refresh([]);
  const lists = await Promise.all([...cluster.brokers.keys()].map((nodeId) => again(() => groupsAt(cluster, nodeId))));
  const groups = await Promise.all(
    lists.flat().map(async ({ group, members }): Promise<readonly TopicGroup[]> => {
      const living = members.filter((member) => isOn(member, topic)).map(memberText);
      if (living.length === 0 && !(await hasOffsets(cluster, topic, group))) return [];
      return [{ group, members: living }];
    }),
  );
  return groups.flat();
}

async function groupsAt(
  cluster: Cluster,
  nodeId: number,
): Promise<readonly { readonly group: string; readonly members: readonly Member[] }[]> {
  const { errorCode, groups: names } = await cluster.ask(nodeId, LIST_GROUPS, {});
  refuse(errorCode);
  if (names.length === 0) return [];
  const { groups } = await cluster.ask(nodeId, DESCRIBE_GROUPS, { groups: names });
  return groups.flatMap(({ errorCode: code, group, members }) => {
    const problem = errorName(code);
    // A broker that lists groups may forbid to describe some. The others have ended, or moved to another broker.
    if (problem === 'GROUP_AUTHORIZATION_FAILED') return [];
    if (problem !== 'GROUP_ID_NOT_FOUND') refuse(code);
    return [{ group, members }];
  });
}

async function hasOffsets(cluster: Cluster, topic: string, group: string): Promise<boolean> {
  try {
    return (await committedOf(cluster, { topic, group })).size > 0;
  } catch (error) {
    if (isMissingRight(error)) return false;
    throw error;
  }
}

/** False for members of other kinds of groups: they may write anything there. */
function isOn({ subscription, assignment }: Member, topic: string): boolean {
  try {
    return readAssignment(assignment).has(topic) || readSubscription(subscription).topics.includes(topic);
  } catch {
    return false;
  }
}
