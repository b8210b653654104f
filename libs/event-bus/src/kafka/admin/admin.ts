import type { TopicGroup } from '../../core/backend.js';
import { UnavailableError } from '../../core/errors.js';
import type { Cluster } from '../client/cluster.js';
import { kafkaError } from '../client/errors.js';
import type { Admin, Committed, Extent, SessionTimeouts, StoredBatch } from '../port.js';
import type { NewTopic } from '../protocol/create-topics.js';
import { EARLIEST, LATEST } from '../protocol/list-offsets.js';
import { brokerSettings, sessionTimeouts } from './broker-settings.js';
import { commitFor, committedOf } from './group-offsets.js';
import type { ClusterFacts } from './facts.js';
import { inspectCluster } from './inspect.js';
import { membersOf } from './members.js';
import { type Offsets, offsetsOf } from './offsets.js';
import { PATIENCE_MS } from './patience.js';
import { readPartition } from './read-partition.js';
import { allTopics, groupsOn } from './topic-groups.js';
import { findTopic, makeTopic } from './topics.js';

/**
 * How long a leaderless partition is waited for before it is left out, in ms. Applies while other partitions have
 * leaders.
 */
const BRIEF_MS = 2_000;

export interface AdminOptions {
  /** The addresses of the brokers, for messages. */
  readonly brokers: readonly string[];
  /** The limit of an unpacked batch, in bytes. */
  readonly maxBatchBytes: number;
}

/**
 * Administration of topics and groups, with its own connections.
 *
 * If a leader or a coordinator is moving or loading, the request is repeated for ten seconds. If no broker answers, it
 * rejects at once.
 */
export class KafkaAdmin implements Admin {
  readonly #cluster: Cluster;
  readonly #brokers: string;
  readonly #maxBatchBytes: number;

  constructor(cluster: Cluster, { brokers, maxBatchBytes }: AdminOptions) {
    this.#cluster = cluster;
    this.#brokers = brokers.join(', ');
    this.#maxBatchBytes = maxBatchBytes;
  }

  ping(): Promise<void> {
    return this.#ask(`reach the brokers at ${this.#brokers}`, async (cluster) => {
      await cluster.refresh([]);
    });
  }

  inspect(topics: readonly string[]): Promise<ClusterFacts> {
    return this.#ask('inspect the cluster', (cluster) => inspectCluster(cluster, topics));
  }

  topics(): Promise<readonly string[]> {
    return this.#ask('list the topics', allTopics);
  }

  groups(topic: string): Promise<readonly TopicGroup[]> {
    return this.#ask(`list the groups of topic ${topic}`, (cluster) => groupsOn(cluster, topic));
  }

  hasTopic(topic: string): Promise<boolean> {
    return this.#ask(`look up topic ${topic}`, async (cluster) => (await findTopic(cluster, topic)) !== undefined);
  }

  partitions(topic: string): Promise<number | undefined> {
    return this.#ask(`look up topic ${topic}`, async (cluster) => (await findTopic(cluster, topic))?.partitions.length);
  }

  topicId(topic: string): Promise<string | undefined> {
    return this.#ask(`look up topic ${topic}`, async (cluster) => (await findTopic(cluster, topic))?.id);
  }

  async createTopic(topic: string, properties: Omit<NewTopic, 'topic'> = {}): Promise<void> {
    if (await this.hasTopic(topic)) return;
    await this.#ask(`create topic ${topic}, which does not exist`, (cluster) =>
      makeTopic(cluster, { topic, ...properties }),
    );
  }

  extents(topic: string): Promise<readonly Extent[]> {
    return this.#ask(`look up the offsets of ${topic}`, async (cluster) =>
      extentsIn(all(topic, await offsetsOf(cluster, { topic, timestamps: ENDS, withinMs: PATIENCE_MS }))),
    );
  }

  reachableExtents(
    topic: string,
  ): Promise<{ readonly extents: readonly Extent[]; readonly unreachable: readonly number[] }> {
    return this.#ask(`look up the offsets of ${topic}`, async (cluster) => {
      const offsets = await offsetsOf(cluster, { topic, timestamps: ENDS, withinMs: BRIEF_MS });
      if (offsets.found.size === 0) all(topic, offsets);
      return { extents: extentsIn(offsets), unreachable: [...offsets.missing.keys()] };
    });
  }

  offsetsAt(topic: string, time: Date): Promise<ReadonlyMap<number, number>> {
    return this.#ask(`look up the offsets of ${topic} at ${time.toISOString()}`, async (cluster) => {
      // Keep this order: records published between the two lookups then lie behind `LATEST`, which stands for "no
      // record so late".
      const timestamps = [LATEST, time.getTime()];
      const { found } = all(topic, await offsetsOf(cluster, { topic, timestamps, withinMs: PATIENCE_MS }));
      return new Map([...found].map(([partition, [high = 0, at = -1]]) => [partition, at < 0 ? high : at]));
    });
  }

  committed(topic: string, group: string): Promise<ReadonlyMap<number, Committed>> {
    return this.#ask(`look up the offsets of group ${group} on ${topic}`, (cluster) =>
      committedOf(cluster, { topic, group }),
    );
  }

  commit(topic: string, group: string, offsets: readonly Committed[]): Promise<boolean> {
    return this.#ask(`commit offsets of group ${group} on ${topic}`, (cluster) =>
      commitFor(cluster, { topic, group }, offsets),
    );
  }

  membersOf(group: string): Promise<readonly string[]> {
    return this.#ask(`look up group ${group}`, (cluster) => membersOf(cluster, group));
  }

  fetch(topic: string, partition: number, offset: number, fetchBytes?: number): Promise<StoredBatch> {
    return this.#ask(`read ${topic}`, (cluster) =>
      readPartition(cluster, { topic, partition, offset, fetchBytes }, this.#maxBatchBytes),
    );
  }

  offsetsRetentionMs(): Promise<number | undefined> {
    return this.#ask('look up how long offsets are kept', async (cluster) => {
      const minutes = (await brokerSettings(cluster, [RETENTION])).get(RETENTION);
      return minutes === undefined ? undefined : minutes * 60_000;
    });
  }

  sessionTimeouts(): Promise<SessionTimeouts | undefined> {
    return this.#ask('look up which session timeouts are allowed', sessionTimeouts);
  }

  close(): Promise<void> {
    this.#cluster.close();
    return Promise.resolve();
  }

  async #ask<Result>(doing: string, question: (cluster: Cluster) => Promise<Result>): Promise<Result> {
    try {
      return await question(this.#cluster);
    } catch (thrown) {
      throw kafkaError(thrown, doing);
    }
  }
}

const ENDS = [EARLIEST, LATEST];
const RETENTION = 'offsets.retention.minutes';

function all(topic: string, offsets: Offsets): Offsets {
  const [first] = offsets.missing;
  if (first === undefined) return offsets;
  const [partition, cause] = first;
  const others = offsets.missing.size === 1 ? '' : ` and ${offsets.missing.size - 1} more`;
  const what = `Kafka: could not look up the offsets of partition ${partition}${others} of ${topic}`;
  throw new UnavailableError(`${what}: ${cause.message}.`, { cause });
}

function extentsIn({ found }: Offsets): readonly Extent[] {
  return [...found]
    .map(([partition, [low = 0, high = 0]]) => ({ partition, low, high }))
    .toSorted((a, b) => a.partition - b.partition);
}
