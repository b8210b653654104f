/** The topics that code needs, and how they should be. What is not given is not compared. */
export interface WantedTopics {
  /** Full names, prefix included. */
  readonly topics: readonly string[];
  readonly partitions?: number;
  /** Default: 3, or the number of brokers if there are fewer. */
  readonly replicationFactor?: number;
  /** Default: one less than the replication factor, but 1 at least. */
  readonly minInsyncReplicas?: number;
  readonly retentionMs?: number;
}

/** A difference between the broker and what code needs. */
export interface Difference {
  /** The topic, or the setting of the broker. */
  readonly subject: string;
  /** The difference, as a sentence without a full stop. */
  readonly what: string;
  /** What to do if nobody can make it, as a sentence. */
  readonly advice?: string;
  /** Makes what is missing. Only for what changes no existing data. */
  readonly make?: () => Promise<void>;
}
