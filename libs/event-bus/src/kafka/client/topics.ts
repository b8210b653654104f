import { errorName } from '../protocol/error-codes.js';
import type { MetadataResponse } from '../protocol/metadata.js';

/** A topic as one broker described it. */
export interface Topic {
  readonly name: string;
  /**
   * The name of the protocol error if the topic cannot be used: UNKNOWN_TOPIC_OR_PARTITION, TOPIC_AUTHORIZATION_FAILED
   * …
   */
  readonly error: string | undefined;
  /** A topic that is deleted and created again has a new id. */
  readonly id: string;
  /** Sorted by number. */
  readonly partitions: readonly TopicPartition[];
}

export interface TopicPartition {
  readonly partition: number;
  /** The id of a broker; -1 while there is no leader. */
  readonly leader: number;
  readonly leaderEpoch: number;
}

type Answer = MetadataResponse['topics'][number];

/**
 * The known topics. Brokers learn of new leaders one after the other, so an answer that lacks a leader does not erase a
 * known one.
 */
export class Topics {
  readonly #known = new Map<string, Topic>();

  get(name: string): Topic | undefined {
    return this.#known.get(name);
  }

  /** The id of the broker that leads the partition; `undefined` if there is none or it is unknown. */
  leaderOf(name: string, partition: number): number | undefined {
    const leader = this.#known.get(name)?.partitions[partition]?.leader ?? -1;
    return leader < 0 ? undefined : leader;
  }

  /** Adds the answer of a broker. */
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
