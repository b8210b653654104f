/** One header: its name and its bytes; `null` is a header without a value. */
export type Header = readonly [name: string, value: Uint8Array | null];

/** Headers in the order of the wire. A name may occur more than once. */
export type Headers = readonly Header[];

/**
 * The place of a record in the broker's own notation: a number (embedded), `partition:offset` (Kafka), an entry id
 * (Redis). Only the backend that made it can read it. Core only tests positions for equality.
 */
export type Position = string;

/** A record to publish, as bytes. */
export interface OutgoingRecord {
  /** The topic's full name, prefix included. */
  readonly topic: string;
  /** Records of one topic with the same key bytes keep their order. `null`: no order. */
  readonly key: Uint8Array | null;
  /** `null` is a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

/** A record from a broker, as bytes. */
export interface ReceivedRecord extends OutgoingRecord {
  /** The partition's number; 0 where the broker has none. */
  readonly partition: number;
  readonly position: Position;
  /** When the record was made, in ms since 1970. */
  readonly timestamp: number;
  /**
   * Whether a move of the group repeats this record: before the move, the group had settled it and all records before
   * it. False for records that an earlier move skipped.
   */
  readonly isReplay: boolean;
  /**
   * How many members vanished with this record in hand, if the backend counts them. A member vanished if it gave no
   * sign of life until its lease or session ended.
   *
   * Two kinds of members do not count: those that gave the record back, for example at a stop, and those that lost
   * their broker while their process lives.
   */
  readonly abandoned?: number;
}

/** Where a group without a position begins. A `Date` means the first record made at or after it. */
export type Start = 'earliest' | 'latest' | Date;

/** The topic and group that a member consumes, and its limits. */
export interface Subscription {
  readonly topic: string;
  readonly group: string;
  /** The member's name for operators. If the broker needs distinct names, the backend makes them distinct. */
  readonly member: string;
  /**
   * Applies only while the group has no position on the topic. The new position is durable before the first record is
   * handed over.
   */
  readonly start: Start;
  /**
   * The largest distance from the oldest unsettled record to the newest that was handed over, settled records included.
   * It applies per partition on Kafka, and per process on Redis and embedded.
   */
  readonly maxInFlight: number;
  /**
   * Whether core works on one record of a partition at a time. Handing over many records then gains nothing. Default
   * `false`.
   */
  readonly isSerial?: boolean;
  /**
   * Called each time the member has joined the group and has its share of the topic, before it gets records. The share
   * may be empty.
   */
  readonly onAssigned?: () => void;
  /** The time in ms for running handlers to end, from when `stop` aborts or the record is lost. */
  readonly stopBudgetMs: number;
}

/**
 * Aborts when a record no longer belongs to this member; `reason` says why. An `AbortSignal` fits, but one for each
 * record would cost more than all other work.
 */
export interface LostSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Handles one record; see {@link Subscriber}. */
export type HandleRecord = (record: ReceivedRecord, lost: LostSignal) => Promise<void>;

/** The options of one call of `publish`. */
export interface PublishCallOptions {
  /**
   * Aborts when the caller no longer waits. If the records are not on their way by then, they are not sent, and the
   * call rejects with the reason of the signal, at the latest when its turn comes. If they are on their way, the signal
   * has no effect.
   */
  readonly signal?: AbortSignal;
}

/** Stores records. */
export interface Publisher {
  /**
   * Resolves with the positions of the records, in the same order, when the broker has stored them (Kafka: acks=all;
   * embedded: fsync).
   *
   * - Records of one key are stored in the order of the calls.
   * - Calls made while a request is in flight share the next request. A refused record fails only its own call,
   *   whatever its topic.
   * - If a call of several records rejects, the broker may have stored some of them, before and behind the failed one.
   *   The backend never sends a record again that the broker has answered.
   * - Rejects with `RecordRefusedError` if the broker will never store a record. Otherwise rejects with
   *   `UnavailableError`, also at once if too much is waiting.
   */
  publish(records: readonly OutgoingRecord[], options?: PublishCallOptions): Promise<readonly Position[]>;
}

/** Hands the records of a group to a function. */
export interface Subscriber {
  /**
   * Hands the group's records to `handle` until `stop` aborts, then resolves. Rejects with an error of the client or
   * the broker; the caller may then call it again.
   *
   * - A record is settled when its call resolves, never earlier.
   * - Calls start in order within a partition. Up to `maxInFlight` are open.
   * - `lost` aborts when the record no longer belongs to this member, or when the stop budget is spent. A call that
   *   rejects after that leaves its record unsettled and is no error.
   * - `lost` aborts with a `HandoverError` shortly before another member gets the record. A call that resolves in time
   *   still settles its record; a call that rejects leaves it unsettled and is no error.
   * - Any other rejection means that the process is leaving. No later call of that partition starts, running calls end
   *   and are settled, and `consume` rejects with that error.
   * - When `stop` aborts, `consume` takes no more records and starts no more calls. It gives running calls the stop
   *   budget, settles them and resolves. A call that rejects after `stop` leaves its record unsettled and is no error.
   */
  consume(subscription: Subscription, handle: HandleRecord, stop: AbortSignal): Promise<void>;
}

/** A group's position in one partition. */
export interface GroupPosition {
  readonly partition: number;
  /**
   * All records before it are settled, and the record at it, if any, comes next. `null` if the group has no position
   * here.
   */
  readonly position: Position | null;
  /** The position of the next published record. */
  readonly end: Position;
  /** The lag: the number of records of this partition that the group has not settled. */
  readonly behind: number;
  /**
   * When the oldest record was made that the group has not settled, in ms since 1970: the lag in time is its distance
   * from now. `null` if all are settled, or the record cannot be read.
   */
  readonly oldestAt: number | null;
}

/** Where to move a group; `position` names the record that comes next. */
export type MoveTarget = 'start' | 'end' | Date | { readonly position: Position };

/**
 * The effect of a move in one partition: it adds `again` to the lag and subtracts `skipped`.
 *
 * The numbers are exact on the embedded backend. On Redis they count the entries that the stream still has. On Kafka
 * they are differences of offsets; compacted topics and topics with transactions may have fewer records.
 */
export interface GroupMove {
  readonly partition: number;
  /** The position of the group's oldest unsettled record; `null` if the group had no position here. */
  readonly from: Position | null;
  /** The position of the record that the group gets next. */
  readonly to: Position;
  /** The number of records that the group gets again: it had settled them, or an earlier move had skipped them. */
  readonly again: number;
  /** The number of unsettled records that the group does not get any more, including those in hand. */
  readonly skipped: number;
}

/** The options of a move. */
export interface MoveOptions {
  /** Reports what would happen, and changes nothing. */
  readonly dryRun?: boolean;
  /**
   * The purpose of the move, at most 100 characters. The group remembers it as long as it has a position. If the group
   * was moved for the same purpose before, the call does nothing and resolves with `[]`, even if the group has members.
   */
  readonly once?: string;
}

/** A group of a topic. */
export interface TopicGroup {
  readonly group: string;
  /** One text for each living member that consumes the topic: its name, and more where the broker tells it. */
  readonly members: readonly string[];
}

/** What a backend can do with topics and groups. */
export interface Admin {
  /** The names of all topics that this user may see, in any order. */
  topics(): Promise<readonly string[]>;
  /**
   * The groups that have a position or a member on the topic, in any order. Leaves out groups that this user may not
   * see. Rejects with `AdminError` if the topic is unknown.
   */
  groups(topic: string): Promise<readonly TopicGroup[]>;
  /** Creates the topic, unless it exists. */
  createTopic(topic: string): Promise<void>;
  /** Gives the group a durable position, unless it has one; resolves with whether it did. Creates a missing topic. */
  createGroup(topic: string, group: string, start: Start): Promise<boolean>;
  /** Position and lag per partition. Rejects with `AdminError` if the topic or the group is unknown. */
  positions(topic: string, group: string): Promise<readonly GroupPosition[]>;
  /**
   * Moves the group in all partitions at once; a position moves it only in the partition of that position. Resolves
   * with the moved partitions. A time behind all records means the end. Rejects with `AdminError`, also in a dry run,
   * if the group has members or is unknown, or if the target does not fit.
   */
  move(topic: string, group: string, to: MoveTarget, options?: MoveOptions): Promise<readonly GroupMove[]>;
  /**
   * Reads the records that are retained now, oldest first within a partition, without a group. Rejects with
   * `AdminError` if the topic is unknown.
   */
  read(topic: string): AsyncIterable<ReceivedRecord>;
}

/** Transports records. It knows nothing of events, Nest, retries or dead letters. */
export interface Backend extends Publisher, Subscriber, Admin {
  readonly name: string;
  /** Its location for operators: a path or addresses, never a secret. */
  readonly location?: string;
  /** The largest record that it accepts: key, value and headers together, in bytes. */
  readonly maxRecordBytes: number;
  /** Resolves when the broker answers; rejects with `UnavailableError` when it does not. */
  ping(): Promise<void>;
  /** Waits for pending publishes, then closes everything. May be called twice. Stop all members first. */
  close(): Promise<void>;
}
