import type { OutgoingRecord } from '../../core/backend.js';
import { asError } from '../../core/backoff.js';
import { RecordRefusedError } from '../../core/errors.js';
import { recordBytes } from '../../core/joint-publish.js';
import type { Cluster } from '../client/cluster.js';
import { kafkaError } from '../client/errors.js';
import { positionText } from '../position.js';
import { errorName, ProtocolError } from '../protocol/error-codes.js';
import { PRODUCE, type ProducedPartition, type ProduceRequest, type ProduceResponse } from '../protocol/produce.js';
import { type Codec, packBatch, writeBatch } from './batch-writer.js';
import { BrokerLink, type Sent } from './broker-link.js';
import type { PartitionQueue } from './partition-queue.js';
import { refusal } from './refusal.js';
import { hasMoved, mayBeSmaller, verdictOn } from './verdict.js';

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
  /** Partitions with records to send or under way. */
  readonly #active = new Set<PartitionQueue>();
  #isScheduled = false;
  #linger: NodeJS.Timeout | undefined;
  #wake: NodeJS.Timeout | undefined;
  #wakeAt = Infinity;
  #slow: NodeJS.Timeout | undefined;
  #packing: Promise<void> | undefined;
  #isClosed = false;

  constructor(cluster: Cluster, options: DispatcherOptions) {
    this.#cluster = cluster;
    this.#options = options;
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
    // A compressed batch must not be overtaken by later ones.
    const packing = this.#write(sent);
    if (packing === undefined && this.#packing === undefined) {
      void this.#ask(link, sent);
      return;
    }
    const before = this.#packing ?? Promise.resolve();
    const packed = Promise.all([before, packing])
      .then(
        () => void this.#ask(link, sent),
        (thrown: unknown) => this.#onUnpacked(link, sent, asError(thrown)),
      )
      .finally(() => {
        if (this.#packing === packed) this.#packing = undefined;
      });
    this.#packing = packed;
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

  /** Writes the batches. Returns a promise only if a batch must be compressed. */
  #write(sent: readonly Sent[]): Promise<void> | undefined {
    const { codec } = this.#options;
    const packings: Promise<void>[] = [];
    for (const { batch } of sent) {
      if (batch.bytes !== undefined) continue;
      const bytes = writeBatch(
        batch.entries.map(({ record }) => record),
        Date.now(),
      );
      batch.bytes = bytes;
      if (codec !== undefined) packings.push(packBatch(bytes, codec).then((packed) => void (batch.bytes = packed)));
    }
    return packings.length === 0 ? undefined : Promise.all(packings).then(() => undefined);
  }

  async #ask(link: BrokerLink, sent: readonly Sent[]): Promise<void> {
    for (const { queue, batch } of sent) queue.stamp(batch);
    try {
      const request = { timeoutMs: ACKS_MS, topics: byTopic(sent) };
      const response = await this.#cluster.ask(link.nodeId, PRODUCE, request, { channel: CHANNEL });
      link.answered(sent);
      this.#onAnswer(sent, response);
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

  #onAnswer(sent: readonly Sent[], { topics }: ProduceResponse): void {
    const now = performance.now();
    const answers = new Map(
      topics.map(({ topic, partitions }) => [topic, new Map(partitions.map((each) => [each.partition, each]))]),
    );
    for (const { queue, batch } of sent) {
      const answer = answers.get(queue.topic)?.get(queue.partition);
      if (answer === undefined) queue.failed(batch, new Error('the broker did not answer for this partition'), now);
      else this.#onOutcome({ queue, batch }, answer, now);
    }
  }

  #onOutcome({ queue, batch }: Sent, answer: ProducedPartition, now: number): void {
    const type = errorName(answer.errorCode);
    if (type === undefined) {
      for (const [n, { call, index }] of batch.entries.entries())
        call.taken(index, positionText(queue.partition, answer.baseOffset + n));
      queue.taken(batch);
      return;
    }
    const error = new ProtocolError(type, answer.errorMessage);
    switch (verdictOn(type)) {
      case 'refused':
        this.#onRefused({ queue, batch }, answer, error);
        break;
      case 'lost sight':
        batch.fail(kafkaError(error, `report the positions of records of ${queue.topic}, which the broker has stored`));
        queue.taken(batch);
        break;
      case 'gap':
        queue.foundGap(batch, error, now);
        break;
      case 'forgotten':
        queue.forgotten(batch, error, now);
        break;
      case 'again':
        queue.failed(batch, error, now);
        if (hasMoved(type)) this.#options.look(queue.topic);
    }
  }

  /**
   * Fails only the refused records, if the broker names them. Otherwise splits the batch in half and tries both halves.
   */
  #onRefused({ queue, batch }: Sent, { recordErrors }: ProducedPartition, error: ProtocolError): void {
    const { entries } = batch;
    const refused = new Map(recordErrors.map(({ index, message }) => [index, message]));
    if (refused.size > 0 && refused.size < entries.length) {
      for (const [n, { call, record }] of entries.entries()) {
        const message = refused.get(n);
        if (message !== undefined) call.fail(refusal(new ProtocolError(error.type, message), record.topic));
      }
      queue.refused(batch, [entries.filter((_, n) => !refused.has(n))]);
      return;
    }
    if (entries.length > 1 && mayBeSmaller(error.type)) {
      if (error.type === 'MESSAGE_TOO_LARGE') queue.tooLarge(batch.size);
      const half = Math.ceil(entries.length / 2);
      queue.refused(batch, [entries.slice(0, half), entries.slice(half)]);
      return;
    }
    const [entry] = entries;
    const isTooLarge = error.type === 'MESSAGE_TOO_LARGE' && entry !== undefined;
    batch.fail(refusal(error, `${queue.topic}${isTooLarge ? sizeText(entry.record) : ''}`));
    queue.refused(batch, []);
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

/** The broker names neither the size of the record nor its limit. */
function sizeText(record: OutgoingRecord): string {
  return ` a record of ${recordBytes(record)} bytes (key, value and headers), more than max.message.bytes of the topic allows`;
}
