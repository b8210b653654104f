/** Settings by their name; `undefined` if this user may not read them. */
export type Configs = ReadonlyMap<string, string | null> | undefined;

/** What a cluster says about itself. */
export interface ClusterFacts {
  readonly brokers: number;
  /** The settings of one broker. */
  readonly settings: Configs;
  readonly topics: readonly TopicFacts[];
}

/** A topic as the cluster has it. */
export interface TopicFacts {
  readonly topic: string;
  /** Why the topic cannot be used: `UNKNOWN_TOPIC_OR_PARTITION`, `TOPIC_AUTHORIZATION_FAILED` … */
  readonly error: string | undefined;
  readonly partitions: number;
  /** The number of partitions without a leader. */
  readonly leaderless: number;
  /** The replicas of the partition that has the fewest. */
  readonly replicas: number;
  /** The replicas in sync of the partition that has the fewest. */
  readonly inSync: number;
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
  readonly settings: Configs;
}
