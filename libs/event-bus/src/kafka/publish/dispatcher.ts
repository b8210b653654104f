import { asError } from '../../core/backoff.js';
import { RecordRefusedError } from '../../core/errors.js';
import type { Cluster } from '../client/cluster.js';
import { ProtocolError } from '../protocol/error-codes.js';
import { PRODUCE, type ProduceRequest } from '../protocol/produce.js';
import type { Codec } from './batch-writer.js';
import { BrokerLink, type Sent } from './broker-link.js';
import { Packer } from './packer.js';
import type { PartitionQueue } from './partition-queue.js';
import { onAnswer } from './produce-answers.js';

export interface DispatcherOptions {
  readonly codec: Codec | undefined;
  /** Starts a lookup of the leaders of a topic. */
  readonly look: (topic: string) => void;
}

const CHANNEL = 'publish';
/** How long the leader may wait for its replicas, in ms; a little less than the timeout of a request. */
const ACKS_MS = 8_000;
/**
 * After this time without an answer, in ms, the broker's partitions are looked up repeatedly: they may have another
 * leader by then.
 */
const SLOW_MS = 1_000;

/** Sends the batches of the partitions to their leaders, and passes the answers on. */
export class Dispatcher {
  readonly #cluster: Cluster;
  readonly #options: DispatcherOptions;
  readonly #links = new Map<number, BrokerLink>();
  readonly #packer: Packer;
  /** Partitions with records to send or under way. */
  readonly #active = new Set<PartitionQueue>();
  #isScheduled = false;
  #linger: NodeJS.Timeout | undefined;
  #wake: NodeJS.Timeout | undefined;
  #wakeAt = Infinity;
  #slow: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(cluster: Cluster, options: DispatcherOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#packer = new Packer(options.codec);
  }

  /** Adds a partition that has records to send. They go at the next {@link schedule}. */
  add(queue: PartitionQueue): void {
    this.#active.add(queue);
  }

  /** Sends the queued records in this turn, or after `lingerMs`. */
  schedule(lingerMs = 0): void {
    if (this.#isScheduled || this.#isClosed) return;
    if (lingerMs > 0) {
      this.#linger ??= setTimeout(() => this.#dispatch(), lingerMs);
      return;
    }
    if (this.#linger !== undefined) return;
    this.#isScheduled = true;
    // At the next tick, so that concurrent publishes share a request.
    process.nextTick(() => this.#dispatch());
  }

  /** Call this when leaders may have changed. */
  onMetadata(): void {
    for (const link of this.#links.values()) {
      const hasLost = ({ queue: { topic, partition } }: Sent) => {
        const leader = this.#cluster.topics.leaderOf(topic, partition);
        return leader !== undefined && leader !== link.nodeId;
      };
      // The broker hangs, and others lead its partitions now: they know whether they have the batches.
      if (link.isSlow(performance.now(), SLOW_MS) && link.sent.some(hasLost))
        void this.#cluster.dropConnection(link.nodeId, CHANNEL);
    }
    this.schedule();
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of [this.#linger, this.#wake, this.#slow]) clearTimeout(timer);
  }

  #dispatch(): void {
    this.#isScheduled = false;
    clearTimeout(this.#linger);
    this.#linger = undefined;
    if (this.#isClosed) return;
    const now = performance.now();
    for (const [leader, queues] of this.#byLeader()) {
      const link = this.#link(leader);
      for (let sent = link.next(queues, now); sent.length > 0; sent = link.next(queues, now))
        this.#send(link, sent, now);
    }
    this.#sleep(now);
  }

  #byLeader(): ReadonlyMap<number, PartitionQueue[]> {
    const byLeader = new Map<number, PartitionQueue[]>();
    for (const queue of this.#active) {
      const leader = this.#cluster.topics.leaderOf(queue.topic, queue.partition);
      // Without a leader, nothing else drops the records that have failed.
      if (leader === undefined) queue.dropUnwanted();
      if (queue.isEmpty) this.#active.delete(queue);
      else if (leader === undefined) {
        queue.lastError ??= new ProtocolError('LEADER_NOT_AVAILABLE');
        this.#options.look(queue.topic);
      } else {
        const queues = byLeader.get(leader);
        if (queues === undefined) byLeader.set(leader, [queue]);
        else queues.push(queue);
      }
    }
    return byLeader;
  }

  #link(nodeId: number): BrokerLink {
    const known = this.#links.get(nodeId);
    if (known !== undefined) return known;
    const link = new BrokerLink(nodeId);
    this.#links.set(nodeId, link);
    return link;
  }

  /** Sets a timer for the first partition or broker that may be tried again after a failure. */
  #sleep(now: number): void {
    let at = Infinity;
    const consider = (notBefore: number) => {
      if (notBefore > now) at = Math.min(at, notBefore);
    };
    for (const { notBefore } of this.#active) consider(notBefore);
    for (const { notBefore } of this.#links.values()) consider(notBefore);
    if (at === Infinity || at === this.#wakeAt) return;
    clearTimeout(this.#wake);
    this.#wakeAt = at;
    this.#wake = setTimeout(
      () => {
        this.#wakeAt = Infinity;
        this.schedule();
      },
      Math.max(1, at - now),
    );
  }

  #send(link: BrokerLink, sent: readonly Sent[], now: number): void {
    link.begin(sent, now);
    this.#slow ??= setInterval(() => this.#lookAfterSlow(), SLOW_MS);
    this.#packer.pack(
      sent.map(({ batch }) => batch),
      (error) => (error === undefined ? void this.#ask(link, sent) : this.#onUnpacked(link, sent, error)),
    );
  }

  /** A compressor failed, and would fail again. Refuses the batches that were not sent before; the others go again. */
  #onUnpacked(link: BrokerLink, sent: readonly Sent[], cause: Error): void {
    const now = performance.now();
    link.failed(sent, now);
    for (const { queue, batch } of sent) {
      if (batch.isStamped) {
        queue.failed(batch, cause, now);
        continue;
      }
      batch.fail(
        new RecordRefusedError(`Kafka: could not compress records for ${queue.topic}: ${cause.message}`, { cause }),
      );
      queue.refused(batch, []);
    }
    this.schedule();
  }

  async #ask(link: BrokerLink, sent: readonly Sent[]): Promise<void> {
    for (const { queue, batch } of sent) queue.stamp(batch);
    try {
      const request = { timeoutMs: ACKS_MS, topics: byTopic(sent) };
      const response = await this.#cluster.ask(link.nodeId, PRODUCE, request, { channel: CHANNEL });
      link.answered(sent);
      onAnswer(sent, response, this.#options.look);
    } catch (thrown) {
      const [error, now] = [asError(thrown), performance.now()];
      link.failed(sent, now);
      for (const { queue, batch } of sent) {
        queue.failed(batch, error, now);
        this.#options.look(queue.topic);
      }
    }
    this.schedule();
  }

  /** Looks up the partitions of slow brokers: others may have taken over. */
  #lookAfterSlow(): void {
    const now = performance.now();
    const links = [...this.#links.values()];
    if (links.every(({ sent }) => sent.length === 0)) {
      clearInterval(this.#slow);
      this.#slow = undefined;
    }
    for (const link of links)
      if (link.isSlow(now, SLOW_MS)) for (const { queue } of link.sent) this.#options.look(queue.topic);
  }
}

function byTopic(sent: readonly Sent[]): ProduceRequest['topics'] {
  const topics = new Map<string, { readonly partition: number; readonly batch: Uint8Array }[]>();
  for (const { queue, batch } of sent) {
    const { topic, partition } = queue;
    const of = topics.get(topic) ?? [];
    topics.set(topic, of);
    of.push({ partition, batch: batch.bytes ?? EMPTY });
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}

const EMPTY = Buffer.alloc(0);
