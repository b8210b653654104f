import type { Cluster } from '../../client/cluster.js';
import type { TopicPartition } from '../../client/topics.js';

/** The id of a topic that does not exist. */
const NO_ID = '0'.repeat(32);

/** The leaders of the partitions of one topic, as long as it is the same topic. */
export class TopicMetadata {
  readonly #cluster: Cluster;
  readonly #topic: string;
  #id: string | undefined;
  #refreshing: Promise<void> | undefined;
  #error: string | undefined;

  constructor(cluster: Cluster, topic: string) {
    this.#cluster = cluster;
    this.#topic = topic;
    this.#learn();
  }

  /** The id of the topic when it was first seen; `undefined` before that. */
  get id(): string | undefined {
    return this.#id;
  }

  /** Whether the name now belongs to another topic. */
  get isReplaced(): boolean {
    const found = this.#found();
    return this.#id !== undefined && found !== undefined && found !== this.#id;
  }

  /** The name of the current protocol error of the topic, such as UNKNOWN_TOPIC_OR_PARTITION. */
  get error(): string | undefined {
    return this.#error;
  }

  /** `undefined` if there is no leader or it is unknown. */
  leaderOf(partition: number): TopicPartition | undefined {
    if (this.#id === undefined || this.isReplaced) return undefined;
    const found = this.#cluster.topics.get(this.#topic)?.partitions[partition];
    return found === undefined || found.leader < 0 ? undefined : found;
  }

  /** Looks the topic up at a broker. Concurrent calls share the lookup. Rejects if no broker answers. */
  refresh(): Promise<void> {
    return (this.#refreshing ??= this.#cluster
      .refresh([this.#topic])
      .then(() => this.#learn())
      .finally(() => (this.#refreshing = undefined)));
  }

  #learn(): void {
    this.#id ??= this.#found();
    this.#error = this.#cluster.topics.get(this.#topic)?.error;
  }

  /** The current id under this name. */
  #found(): string | undefined {
    const id = this.#cluster.topics.get(this.#topic)?.id;
    return id === NO_ID ? undefined : id;
  }
}
