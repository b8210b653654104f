import type { Cluster } from '../../client/cluster.js';
import type { TopicPartition } from '../../client/topics.js';

/** What a topic has for an id that is not there. */
const NO_ID = '0'.repeat(32);

/** Who leads the partitions of one topic, as far as it is the same topic still. */
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

  /** The id that the topic had first; `undefined` before it is known. */
  get id(): string | undefined {
    return this.#id;
  }

  /** Whether there is another topic under the name now. */
  get isReplaced(): boolean {
    const found = this.#found();
    return this.#id !== undefined && found !== undefined && found !== this.#id;
  }

  /** The name of the protocol error that the topic has at the moment, such as UNKNOWN_TOPIC_OR_PARTITION. */
  get error(): string | undefined {
    return this.#error;
  }

  /** `undefined` while it is not known, or there is none. */
  leaderOf(partition: number): TopicPartition | undefined {
    if (this.#id === undefined || this.isReplaced) return undefined;
    const found = this.#cluster.topics.get(this.#topic)?.partitions[partition];
    return found === undefined || found.leader < 0 ? undefined : found;
  }

  /** Asks a broker; who calls while one is asked gets its answer. Rejects when none answers. */
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

  /** The id that the name has now. */
  #found(): string | undefined {
    const id = this.#cluster.topics.get(this.#topic)?.id;
    return id === NO_ID ? undefined : id;
  }
}
