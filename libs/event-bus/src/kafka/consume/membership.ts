import type { Cluster, Consumer, EachBatchPayload } from 'kafkajs';
import { asError } from '../../core/backoff.js';
import { rangeAssigner } from './assigner.js';
import type { Clients } from '../client/kafkajs-client.js';
import { isFenced, kafkaError, protocolErrorOf } from '../client/errors.js';
import { lateDecoder, recordsOf } from '../records/late-records.js';
import type { Batch, Committed, Membership, MembershipListener, MembershipOptions } from '../port.js';
import { Reading } from './reading.js';
import { onBrokers } from '../client/requests.js';

interface Options extends MembershipOptions {
  readonly pollMs: number;
  readonly sessionTimeoutMs: number;
  readonly countPartitions: (topic: string) => Promise<number>;
}

/** Where a topic has fewer partitions, there is room for more of them to come. */
const LEAST_WORKERS = 64;

/** What a broker may answer to one fetch, in bytes: for all partitions that it leads, and for each. A larger record comes alone. */
const ANSWER_BYTES = 10 * 1024 * 1024;
const PARTITION_BYTES = 1024 * 1024;

/** How long leaving may take, in ms: a broker that does not answer any more must not keep the process. */
const LEAVE_MS = 10_000;

/** One kafkajs consumer, from its joining to its leaving. */
export class KafkaMembership implements Membership {
  readonly #consumer: Consumer;
  readonly #options: Options;
  readonly #listener: MembershipListener;
  readonly #reading: Reading;
  #joining: Promise<void> | undefined;
  #last: Pick<EachBatchPayload, 'heartbeat' | 'commitOffsetsIfNecessary'> | undefined;
  #hasFailed = false;
  /** Whether the broker has room for what is settled behind the offset (`offset.metadata.max.bytes`); if not, it is handled again. */
  #hasRoom = true;

  constructor(client: Clients, options: Options, listener: MembershipListener) {
    this.#options = options;
    this.#listener = listener;
    this.#reading = new Reading((partition) => listener.wants(partition));
    const { group, rebalanceTimeoutMs, sessionTimeoutMs, pollMs } = options;
    this.#consumer = client.consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: Math.max(rebalanceTimeoutMs, sessionTimeoutMs),
      heartbeatInterval: Math.min(3_000, Math.floor(sessionTimeoutMs / 3)),
      maxWaitTimeInMs: pollMs,
      maxBytes: ANSWER_BYTES,
      maxBytesPerPartition: PARTITION_BYTES,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 6, restartOnFailure: () => Promise.resolve(false) },
      partitionAssigners: [rangeAssigner((cluster) => this.#prepare(cluster))],
    });
  }

  async join(): Promise<void> {
    await (this.#joining ??= this.#join());
  }

  readOn(): void {
    this.#reading.changed();
  }

  async commit(offsets: readonly Committed[]): Promise<boolean> {
    const { topic, group } = this.#options;
    const partitions = offsets.map(({ partition, offset, metadata }) => ({
      partition,
      offset: String(offset),
      metadata: this.#hasRoom ? metadata : withoutSettled(metadata),
    }));
    try {
      // The consumer's own commitOffsets resolves without committing once it has begun to stop; the batch's commits until the member leaves.
      if (this.#last !== undefined) await this.#last.commitOffsetsIfNecessary({ topics: [{ topic, partitions }] });
      else await this.#consumer.commitOffsets(partitions.map((each) => ({ topic, ...each })));
      return true;
    } catch (error) {
      if (isFenced(error)) return false;
      if (this.#hasRoom && protocolErrorOf(error) === 'OFFSET_METADATA_TOO_LARGE') {
        this.#hasRoom = false;
        return this.commit(offsets);
      }
      throw kafkaError(error, `commit offsets of group ${group} on ${topic}`);
    }
  }

  async heartbeat(): Promise<void> {
    // It says that the group is rebalancing, which is why we are here; what else it says, joining will say again.
    await this.#last?.heartbeat().catch(() => undefined);
  }

  async leave(): Promise<void> {
    // A member that is let go while it joins would stay in the group until its session ends.
    const left = Promise.resolve(this.#joining)
      .catch(() => undefined)
      .then(() => this.#consumer.disconnect())
      .catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, LEAVE_MS)));
    await Promise.race([left, late]);
    clearTimeout(timer);
  }

  async #join(): Promise<void> {
    const { topic, group } = this.#options;
    const consumer = this.#consumer;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      this.#listener.onAssigned(memberAssignment[topic] ?? []);
    });
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => this.#fail(error));
    try {
      const partitions = await this.#options.countPartitions(topic);
      await consumer.connect();
      // Also where an offset is out of range, as it would be lost otherwise; where a new group begins is decided before it joins.
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        // None may wait for another; but kafkajs asks each of so many workers after each answer, so that many cost much.
        partitionsConsumedConcurrently: Math.max(LEAST_WORKERS, partitions),
        eachBatch: (payload) => this.#onBatch(payload),
      });
    } catch (error) {
      this.#fail(kafkaError(error, `join group ${group} on ${topic}`));
    }
  }

  #prepare(cluster: Cluster): void {
    const decodeLate = lateDecoder();
    onBrokers(cluster, (broker) => {
      decodeLate(broker);
      this.#reading.control(broker);
    });
    this.#waitBeforeJoining(cluster);
  }

  /**
   * The revoke hook that kafkajs lacks. It looks its coordinator up on the cluster before every JoinGroup, and at no other time, so
   * that is where a member can finish what it has before others get it.
   */
  #waitBeforeJoining(cluster: Cluster): void {
    const find = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (group) => {
      await this.#listener.onBeforeJoin();
      return find(group);
    };
  }

  /** Must not throw: kafkajs would run the batch again and again. */
  async #onBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    this.#last = payload;
    try {
      const last = batch.lastOffset();
      const read: Batch = {
        partition: batch.partition,
        // Not in its types.
        from: Number((batch as unknown as { readonly fetchedOffset: string }).fetchedOffset),
        until: Number(last) + 1,
        records: recordsOf(batch.messages),
      };
      if (await this.#listener.onBatch(read)) payload.resolveOffset(last);
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  #fail(error: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#listener.onFailed(kafkaError(error, `consume ${this.#options.topic} as group ${this.#options.group}`));
  }
}

/** The rest is short, and of all commits to come. */
function withoutSettled(metadata: string): string {
  const items = metadata.split(' ').filter((item) => !item.startsWith('settled:'));
  return items.join(' ');
}
