import type { Headers, OutgoingRecord, Position, PublishCallOptions } from '../core/backend.js';
import type { Observe } from './reporter.js';

// What the parts of this backend need of each other: publishing, consuming, administration.

/** A record as it lies in a partition. */
export interface StoredRecord {
  readonly offset: number;
  /** In ms since 1970. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

/** Records that are decoded when they are taken, in order. */
export interface Records {
  /** How many there are still, at most. */
  readonly left: number;
  /** How many bytes are kept for them, also for those that were taken. */
  readonly bytes: number;
  /** The next one at or after the offset. */
  next(from: number): StoredRecord | undefined;
}

/** What was read of one partition, in order; offsets may have gaps. */
export interface Batch {
  readonly partition: number;
  /** Where the client began to read. */
  readonly from: number;
  /** Where it reads on. */
  readonly until: number;
  readonly records: readonly Records[];
}

/** The same for those who want all of it. */
export interface StoredBatch extends Omit<Batch, 'records'> {
  readonly records: readonly StoredRecord[];
}

/** What of a partition is retained: the first offset, and the one that the next record gets. */
export interface Extent {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/** A group's place in a partition. */
export interface Committed {
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

export interface Sender {
  /** See `Publisher` of core: an outcome for each call, whatever becomes of others. */
  publish(records: readonly OutgoingRecord[], options?: PublishCallOptions): Promise<readonly Position[]>;
  /** Resolves when all publishes have settled. */
  close(): Promise<void>;
}

/** What is asked of topics and groups from outside of them. */
export interface Admin {
  ping(): Promise<void>;
  hasTopic(topic: string): Promise<boolean>;
  /** Another one when it was deleted and made anew; `undefined` when there is none. */
  topicId(topic: string): Promise<string | undefined>;
  /** Resolves also when it is there already. */
  createTopic(topic: string): Promise<void>;
  /** Of all partitions; rejects when one has no leader. */
  extents(topic: string): Promise<readonly Extent[]>;
  /** The same for those whose leaders answer; rejects when none does. */
  reachableExtents(
    topic: string,
  ): Promise<{ readonly extents: readonly Extent[]; readonly unreachable: readonly number[] }>;
  /** The first offset at or after the time, in each partition. */
  offsetsAt(topic: string, time: Date): Promise<ReadonlyMap<number, number>>;
  /** Only the partitions in which the group has a place. */
  committed(topic: string, group: string): Promise<ReadonlyMap<number, Committed>>;
  /** Answers `false`, and commits nothing, while the group has members. */
  commit(topic: string, group: string, offsets: readonly Committed[]): Promise<boolean>;
  /** Who is in the group now, on whatever topics, as an operator may know them. */
  membersOf(group: string): Promise<readonly string[]>;
  /** What lies from the offset on, as much as fits one answer. Rejects when a batch that cannot be read comes next. */
  fetch(topic: string, partition: number, offset: number): Promise<StoredBatch>;
  /** How long a group without members keeps its offsets; `undefined` where this user may not ask. */
  offsetsRetentionMs(): Promise<number | undefined>;
  /** Which session timeouts members may have; `undefined` where this user may not ask. */
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
  /** How long the group waits for this member to give back what it has, in ms. */
  readonly rebalanceTimeoutMs: number;
  /** Whether it is to leave at once, so that it must not take the place of a static member; default `false`. */
  readonly isBrief?: boolean;
}

/** What a member is told. None of these may throw or reject. */
export interface MembershipListener {
  /** These go to others, who get them once it has resolved. */
  onRevoke(partitions: readonly number[]): Promise<void>;
  /** These have come to the member. */
  onAssigned(partitions: readonly number[]): void;
  /** The group went on without this member, which has nothing any more; it joins anew by itself. */
  onLost(reason: string): void;
  /** The membership has ended, as the client or the broker failed. */
  onFailed(error: Error): void;
}

/**
 * How a commit ended: `done`; `again`, as the group is dividing; `lost`, as the group does not count this member any more; `gone`, as there is
 * no such topic at the moment.
 */
export type Committing = 'done' | 'again' | 'lost' | 'gone';

export interface Membership {
  /** Resolves when the member has joined, or after `onFailed`. */
  join(): Promise<void>;
  /** Of the topic as it was last looked up; `undefined` before that. Another one when it was deleted and made anew. */
  readonly topicId: string | undefined;
  /** Reads the topic over the member's connections, until it leaves. */
  read(listener: FetchListener): Fetching;
  /** Where the group stands in these partitions; those in which it has no place are left out. */
  positions(partitions: readonly number[]): Promise<ReadonlyMap<number, Committed>>;
  /** To be called only for partitions that the member has. Rejects when the coordinator is away or refuses; may be called again. */
  commit(offsets: readonly Committed[]): Promise<Committing>;
  /** From here on it does not join again, whatever the group does. */
  retire(): void;
  /** Within a few seconds, also when no broker answers. A static member goes without a word, and keeps its place for a session. */
  leave(): Promise<void>;
}

/** What reading a topic finds. None of these may throw. */
export interface FetchListener {
  /** Whether more should be read of a started partition. */
  wants(partition: number): boolean;
  /** It is read on from the batch's `until` by itself. */
  onBatch(batch: Batch): void;
  /** Answers where to read on. */
  onOutOfRange(
    partition: number,
    range: { readonly asked: number; readonly low: number; readonly high: number },
  ): number;
  /** A batch cannot be read, or its partition could not be for ten seconds. It waits and is tried again; told again every 30 s. */
  onUnreadable(partition: number, offset: number, error: Error): void;
  /** What `onUnreadable` told last is over: the partition was read. */
  onReadable?(partition: number, offset: number): void;
  /** The topic has another id than when reading began: it was deleted and made anew under the same name. No more is read. */
  onTopicReplaced(): void;
  /** Rights were taken away. No more is read. */
  onFailed(error: Error): void;
}

/** Reads partitions of one topic. */
export interface Fetching {
  start(partition: number, offset: number): void;
  stop(partition: number): void;
  /** To be called whenever what the listener `wants` has changed. */
  changed(): void;
  close(): void;
}

export interface Client {
  readonly sender: Sender;
  readonly admin: Admin;
  readonly observe: Observe;
  /** What consumers have begun with, as `group topic`: a topic that is gone later is not made again. */
  readonly begun: Set<string>;
  member(options: MembershipOptions, listener: MembershipListener): Membership;
}
