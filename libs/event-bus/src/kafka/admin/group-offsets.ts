import type { Cluster } from '../client/cluster.js';
import { isFenced } from '../client/errors.js';
import type { Committed } from '../port.js';
import { refuse } from '../protocol/error-codes.js';
import { OFFSET_COMMIT } from '../protocol/offset-commit.js';
import { OFFSET_FETCH } from '../protocol/offset-fetch.js';
import { patiently } from './patience.js';
import { theTopicAt } from './topics.js';

interface Of {
  readonly topic: string;
  readonly group: string;
}

/** A broker answers a commit within `offsets.commit.timeout.ms`, by default 5 s. */
const COMMIT_MS = 8_000;

/** The committed offsets of the group. Partitions without one are left out. */
export function committedOf(cluster: Cluster, { topic, group }: Of): Promise<ReadonlyMap<number, Committed>> {
  return patiently({
    whom: () => cluster.coordinatorOf(group),
    async ask(coordinator) {
      const { partitions: known } = await theTopicAt(cluster, topic);
      const asked = [{ topic, partitions: known.map(({ partition }) => partition) }];
      const { errorCode, topics } = await cluster.ask(coordinator, OFFSET_FETCH, { group, topics: asked });
      const partitions = topics.flatMap((of) => of.partitions);
      refuse(errorCode, ...partitions.map((each) => each.errorCode));
      return new Map(
        partitions
          .filter(({ offset }) => offset >= 0)
          .map(({ partition, offset, metadata }) => [partition, { partition, offset, metadata }]),
      );
    },
  });
}

/**
 * Commits without being a member. The broker accepts this only while the group has no members; resolves with `false`
 * otherwise.
 */
export function commitFor(cluster: Cluster, { topic, group }: Of, partitions: readonly Committed[]): Promise<boolean> {
  const nobody = { group, generation: -1, memberId: '', instanceId: null };
  return patiently({
    whom: () => cluster.coordinatorOf(group),
    async ask(coordinator) {
      const request = { ...nobody, topics: [{ topic, partitions }] };
      const { topics } = await cluster.ask(coordinator, OFFSET_COMMIT, request, { timeoutMs: COMMIT_MS });
      try {
        refuse(...topics.flatMap((of) => of.partitions.map(({ errorCode }) => errorCode)));
        return true;
      } catch (error) {
        if (isFenced(error)) return false;
        throw error;
      }
    },
  });
}
