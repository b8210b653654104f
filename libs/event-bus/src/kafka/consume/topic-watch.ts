import type { Cluster } from '../client/cluster.js';
import type { KafkaReport, Observe } from '../reporter.js';
import { beating } from './beating.js';
import type { Counts } from './division.js';

/** How often topics are looked up, in ms, and how often while the topic is missing. */
const LOOK_MS = 10_000;
const LOOK_FOR_MS = 1_000;

/**
 * Notices new partitions since the last rebalance, and reports when the topic is deleted or created again.
 *
 * The leader of the group starts a rebalance for new partitions. If it has not done so by the next lookup of another
 * member, that member does: the leader may look less often.
 */
export class TopicWatch {
  readonly #cluster: Cluster;
  readonly #of: WatchOptions;
  #divided: Division = { counts: undefined, onChanged: () => undefined };
  #own = 0;
  #isGone = false;
  #isBegun = false;
  /** The rebalance in which a change was first noticed. */
  #seenIn: Division | undefined;

  constructor(cluster: Cluster, of: WatchOptions) {
    this.#cluster = cluster;
    this.#of = of;
  }

  /** Changes are relative to this division from now on. */
  begin(division: Division): void {
    this.#divided = division;
    const { topic, signal } = this.#of;
    this.#own = division.counts?.get(topic) ?? this.#cluster.topics.get(topic)?.partitions.length ?? 0;
    if (this.#isBegun) return;
    this.#isBegun = true;
    const intervalMs = () => (this.#isGone || this.#own === 0 ? LOOK_FOR_MS : LOOK_MS);
    void beating(() => this.#look(), { intervalMs, signal });
  }

  async #look(): Promise<boolean> {
    const { topic, signal } = this.#of;
    const division = this.#divided;
    const { counts, onChanged } = division;
    try {
      const found = await this.#cluster.refresh([...new Set([topic, ...(counts?.keys() ?? [])])]);
      if (division !== this.#divided || signal.aborted) return true;
      this.#isThere(found.find(({ name }) => name === topic)?.error !== 'UNKNOWN_TOPIC_OR_PARTITION');
      const isOther = found.some(({ name, error, partitions }) => {
        const before = name === topic ? this.#own : (counts?.get(name) ?? 0);
        return error === undefined && partitions.length > 0 && partitions.length !== before;
      });
      if (!isOther) return true;
      if (counts !== undefined || this.#seenIn === division) onChanged();
      else this.#seenIn = division;
      return true;
    } catch {
      // Parts that need the brokers now report that they are away.
      return signal.aborted;
    }
  }

  #isThere(isThere: boolean): void {
    if (this.#isGone === !isThere) return;
    this.#isGone = !isThere;
    const { observe, fields } = this.#of;
    if (isThere) observe({ level: 'info', what: 'The topic exists again', fields });
    else
      observe({
        level: 'error',
        what: 'The topic no longer exists; the consumer waits until it is created again',
        fields,
      });
  }
}

interface WatchOptions {
  readonly topic: string;
  readonly fields: KafkaReport['fields'];
  readonly observe: Observe;
  readonly signal: AbortSignal;
}

interface Division {
  /** The divided partitions, if this member is the leader of the group. */
  readonly counts: Counts | undefined;
  readonly onChanged: () => void;
}
