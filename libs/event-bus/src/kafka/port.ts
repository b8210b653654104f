import type { Headers, OutgoingRecord, Position, PublishCallOptions, TopicGroup } from '../core/backend.js';
import type { NewTopic } from './protocol/create-topics.js';
import type { ClusterFacts } from './admin/facts.js';
import type { Observe } from './reporter.js';

// The interfaces between the parts of this backend: publishing, consuming, administration.

/** A record of a partition. */
export interface StoredRecord {
  readonly offset: number;
  /** In ms since 1970. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

/** Records in order. Each is decoded when it is taken. */
export interface Records {
  /** The largest possible number of remaining records. */
  readonly left: number;
  /** The memory that the batch holds, in bytes, taken records included. */
  readonly bytes: number;
  /** The next record at or after the offset. */
  next(from: number): StoredRecord | undefined;
}

/** Records of one partition in order. Offsets may have gaps. */
export interface Batch {
  readonly partition: number;
  /** The first offset that was requested. */
  readonly from: number;
  /** The offset to continue with. */
  readonly until: number;
  readonly records: readonly Records[];
}

/** A batch with all its records decoded. */
export interface StoredBatch extends Omit<Batch, 'records'> {
  readonly records: readonly StoredRecord[];
}

/** The retained part of a partition: its first offset, and the offset of the next record. */
export interface Extent {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/** The committed offset of a group in a partition. */
export interface Committed {
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

export interface Sender {
  /** See `Publisher` of core. Each call has its own outcome, independent of others. */
  publish(records: readonly OutgoingRecord[], options?: PublishCallOptions): Promise<readonly Position[]>;
  /** Resolves when all publishes have settled. */
  close(): Promise<void>;
}

/** Administration of topics and groups, without membership. */
export interface Admin {
  ping(): Promise<void>;
  /** What the cluster says about itself and about topics. Changes nothing. */
  inspect(topics: readonly string[]): Promise<ClusterFacts>;
  /** The names of all topics, except those of the brokers. */
  topics(): Promise<readonly string[]>;
  /** The groups with offsets or members on the topic. */
  groups(topic: string): Promise<readonly TopicGroup[]>;
  hasTopic(topic: string): Promise<boolean>;
  /** The number of partitions; `undefined` if the topic does not exist. */
  partitions(topic: string): Promise<number | undefined>;
  /** `undefined` if the topic does not exist. A topic that is deleted and created again has a new id. */
  topicId(topic: string): Promise<string | undefined>;
  /** Creates the topic, unless it exists. */
  createTopic(topic: string, properties?: Omit<NewTopic, 'topic'>): Promise<void>;
  /** The extents of all partitions. Rejects if a partition has no leader. */
  extents(topic: string): Promise<readonly Extent[]>;
  /** The extents of the partitions whose leaders answer. Rejects if none does. */
  reachableExtents(
    topic: string,
  ): Promise<{ readonly extents: readonly Extent[]; readonly unreachable: readonly number[] }>;
  /** The first offset at or after the time, in each partition. */
  offsetsAt(topic: string, time: Date): Promise<ReadonlyMap<number, number>>;
  /** Partitions without a committed offset are left out. */
  committed(topic: string, group: string): Promise<ReadonlyMap<number, Committed>>;
  /** Resolves with `false` and commits nothing if the group has members. */
  commit(topic: string, group: string, offsets: readonly Committed[]): Promise<boolean>;
  /** The current members of the group, on any topics, described for operators. */
  membersOf(group: string): Promise<readonly string[]>;
  /**
   * The records from the offset on, as many as fit a response of `fetchBytes` (default 1 MiB), but one batch at least.
   * Rejects if the next batch cannot be read.
   */
  fetch(topic: string, partition: number, offset: number, fetchBytes?: number): Promise<StoredBatch>;
  /** How long brokers keep the offsets of a group without members; `undefined` if the user may not read this. */
  offsetsRetentionMs(): Promise<number | undefined>;
  /** The allowed session timeouts; `undefined` if the user may not read them. */
  sessionTimeouts(): Promise<SessionTimeouts | undefined>;
  close(): Promise<void>;
}

export interface SessionTimeouts {
  readonly minMs: number;
  readonly maxMs: number;
}

export interface MembershipOptions {
  readonly topic: string;
  readonly group: string;
  /** How long a rebalance waits for this member to give back its partitions, in ms. */
  readonly rebalanceTimeoutMs: number;
  /**
   * True for a member that leaves soon. It then does not use the instance id, which could replace a static member.
   * Default `false`.
   */
  readonly isBrief?: boolean;
}

/** The callbacks of a member. None may throw or reject. */
export interface MembershipListener {
  /** Called when these partitions move to other members. They get them when the promise has resolved. */
  onRevoke(partitions: readonly number[]): Promise<void>;
  /** The member got these partitions. */
  onAssigned(partitions: readonly number[]): void;
  /** Called when the group has continued without this member. The member has no partitions any more and joins again. */
  onLost(reason: string): void;
  /** The membership has ended, because the client or the broker failed. */
  onFailed(error: Error): void;
}

/**
 * The result of a commit:
 *
 * - `done`
 * - `again`: the group is rebalancing
 * - `lost`: the group does not count this member any more
 * - `gone`: the topic does not exist at the moment
 */
export type Committing = 'done' | 'again' | 'lost' | 'gone';

export interface Membership {
  /** Resolves when the member has joined, or after `onFailed`. */
  join(): Promise<void>;
  /**
   * The id of the topic at the last lookup; `undefined` before that. A topic that is deleted and created again has a
   * new id.
   */
  readonly topicId: string | undefined;
  /** Reads the topic with the connections of the member, until it leaves. */
  read(listener: FetchListener): Fetching;
  /** The committed offsets in these partitions. Partitions without one are left out. */
  positions(partitions: readonly number[]): Promise<ReadonlyMap<number, Committed>>;
  /**
   * Call this only for partitions of this member. Rejects if the coordinator is away or refuses; the caller may then
   * call it again.
   */
  commit(offsets: readonly Committed[]): Promise<Committing>;
  /** From now on the member does not join again, whatever the group does. */
  retire(): void;
  /**
   * Resolves within a few seconds, even if no broker answers. A static member leaves without telling the group, and
   * keeps its place for a session.
   */
  leave(): Promise<void>;
}

/** The callbacks of reading. None may throw. */
export interface FetchListener {
  /** Whether to read more of a started partition. */
  wants(partition: number): boolean;
  /** Reading continues by itself at the `until` of the batch. */
  onBatch(batch: Batch): void;
  /** Returns the offset to continue with. */
  onOutOfRange(
    partition: number,
    range: { readonly asked: number; readonly low: number; readonly high: number },
  ): number;
  /**
   * A batch cannot be read, or its partition could not be read for ten seconds. The partition waits and is tried again.
   * Called again every 30 s.
   */
  onUnreadable(partition: number, offset: number, error: Error): void;
  /** The partition can be read again after `onUnreadable`. */
  onReadable?(partition: number, offset: number): void;
  /** The topic was deleted and created again under the same name since reading began. Reading stops. */
  onTopicReplaced(): void;
  /** The user lost its rights. Reading stops. */
  onFailed(error: Error): void;
}

/** Reads partitions of one topic. */
export interface Fetching {
  start(partition: number, offset: number): void;
  stop(partition: number): void;
  /** Call this when the result of the listener's `wants` has changed. */
  changed(): void;
  close(): void;
}

export interface Client {
  readonly sender: Sender;
  readonly admin: Admin;
  readonly observe: Observe;
  /** The consumers started so far, as `group topic`. If their topic is deleted later, it is not created again. */
  readonly begun: Set<string>;
  member(options: MembershipOptions, listener: MembershipListener): Membership;
}
