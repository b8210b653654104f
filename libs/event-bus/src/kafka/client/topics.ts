import { errorName } from '../protocol/error-codes.js';
import type { MetadataResponse } from '../protocol/metadata.js';

/** A topic as a broker knew it. */
export interface Topic {
  readonly name: string;
  /** The name of the protocol error, when the topic is none: UNKNOWN_TOPIC_OR_PARTITION, TOPIC_AUTHORIZATION_FAILED … */
  readonly error: string | undefined;
  /** Another one when it was deleted and made anew. */
  readonly id: string;
  /** In order. */
  readonly partitions: readonly TopicPartition[];
}

export interface TopicPartition {
  readonly partition: number;
  /** The number of a broker; -1 while there is none. */
  readonly leader: number;
  readonly leaderEpoch: number;
}

type Answer = MetadataResponse['topics'][number];

/** What is known of topics. Brokers hear of new leaders one after the other: one that has not yet does not make us forget. */
export class Topics {
  readonly #known = new Map<string, Topic>();

  get(name: string): Topic | undefined {
    return this.#known.get(name);
  }

  /** The number of the broker that leads the partition, or `undefined` when there is none, or it is not known. */
  leaderOf(name: string, partition: number): number | undefined {
    const leader = this.#known.get(name)?.partitions[partition]?.leader ?? -1;
    return leader < 0 ? undefined : leader;
  }

  /** Takes what a broker answered. */
  learn({ name, errorCode, topicId, partitions }: Answer): Topic {
    const before = this.#known.get(name);
    const known = before?.id === topicId ? before.partitions : [];
    const topic: Topic = {
      name,
      error: errorName(errorCode),
      id: topicId,
      partitions: partitions
        .map(({ partition, leader, leaderEpoch }) => ({ partition, leader, leaderEpoch }))
        .toSorted((one, other) => one.partition - other.partition)
        .map((found) => {
          const last = known[found.partition];
          return last !== undefined && last.leaderEpoch > found.leaderEpoch ? last : found;
        }),
    };
    this.#known.set(name, topic);
    return topic;
  }
}
