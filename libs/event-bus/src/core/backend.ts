/** One header: its name and its bytes; `null` is a header without a value. */
export type Header = readonly [name: string, value: Uint8Array | null];

/** Headers in the order of the wire. A name may stand in it more than once. */
export type Headers = readonly Header[];

/**
 * Where a record lies, in the broker's own notation: a number (embedded), `partition:offset` (Kafka), an entry id (Redis).
 * Only the backend that made it can read it; core compares it for equality at most.
 */
export type Position = string;

/** Bytes on their way to a broker. */
export interface OutgoingRecord {
  /** The topic's full name, prefix included. */
  readonly topic: string;
  /** Records of one topic with equal key bytes keep their order; `null` asks for none. */
  readonly key: Uint8Array | null;
  /** `null` is a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

/** Bytes as a broker gave them out. */
export interface ReceivedRecord extends OutgoingRecord {
  /** The partition's number; 0 where the broker has none. */
  readonly partition: number;
  readonly position: Position;
  /** When the record was made, in ms since 1970. */
  readonly timestamp: number;
  /** Whether the group had passed this record before it was moved back. */
  readonly isReplay: boolean;
  /** How often a member that had this record in hand has vanished without giving it back, where the broker counts that. */
  readonly abandoned?: number;
}

/** Where a group begins that has no position yet; a `Date` means the first record made at or after it. */
export type Start = 'earliest' | 'latest' | Date;

/** What one member asks for. */
export interface Subscription {
  readonly topic: string;
  readonly group: string;
  /** This member's name, for operators; a broker that needs distinct names makes them distinct. */
  readonly member: string;
  /** Applies only while the group has no position on the topic; that position is durable before the first record is handed over. */
  readonly start: Start;
  /**
   * How many records may lie between the oldest unsettled and the newest handed over, finished ones included:
   * per partition on Kafka, per process on Redis and embedded.
   */
  readonly maxInFlight: number;
  /** How long running handlers may take to end once `stop` or a loss of the record asks for it, in ms. */
  readonly stopBudgetMs: number;
}

/** What core does with one record; see {@link Subscriber}. */
export type HandleRecord = (record: ReceivedRecord, lost: AbortSignal) => Promise<void>;

export interface Publisher {
  /**
   * Resolves when the broker has taken the records, with their positions in the same order (Kafka: acks=all; embedded: fsync).
   *
   * Order of one key = order of the calls. Calls made while a request is in flight travel together; a record that is refused fails
   * its own call alone. Rejects with `RecordRefusedError` when the broker will never take it, else with `UnavailableError`.
   */
  publish(records: readonly OutgoingRecord[]): Promise<readonly Position[]>;
}

export interface Subscriber {
  /**
   * Hands the group's records to `handle` until `stop` aborts, then resolves; rejects with an error of client or broker, and may be called again.
   *
   * - A record is settled when its call resolves, and not before.
   * - Calls start in order within a partition; up to `maxInFlight` are open.
   * - `lost` aborts when the record is no longer this member's or when the stop budget is spent, or with a `HandoverError` shortly
   *   before another member gets it, and then a call that resolves in time still settles its record; a call that rejects after that
   *   leaves its record unsettled and is no error.
   * - Any other rejection means that the process is leaving: nothing later of that partition starts, the calls that run end and are
   *   settled, and `consume` rejects with that error.
   * - At `stop`: takes nothing more, starts nothing more, lets running calls end within the budget, settles them, resolves. A call that
   *   rejects after `stop` leaves its record unsettled and is no error.
   */
  consume(subscription: Subscription, handle: HandleRecord, stop: AbortSignal): Promise<void>;
}

/** A group's place in one partition. */
export interface GroupPosition {
  readonly partition: number;
  /** Everything before it is settled; the record at it, if any, comes next. `null` when the group has none here. */
  readonly position: Position | null;
  /** Where the next published record will lie. */
  readonly end: Position;
  /** Lag: how many records of this partition the group has not settled. */
  readonly behind: number;
}

/** Where to move a group; `position` names the record that comes next. */
export type MoveTarget = 'start' | 'end' | Date | { readonly position: Position };

/** What a move did, or would do, in one partition. */
export interface GroupMove {
  readonly partition: number;
  readonly from: Position | null;
  readonly to: Position;
}

export interface Admin {
  /** Makes the topic; resolves also when it is there already. */
  createTopic(topic: string): Promise<void>;
  /** Gives the group a durable position unless it has one; resolves with whether it was made. Makes the topic when it is missing. */
  createGroup(topic: string, group: string, start: Start): Promise<boolean>;
  /** Position and lag per partition. Rejects with `AdminError` when the topic or the group is unknown. */
  positions(topic: string, group: string): Promise<readonly GroupPosition[]>;
  /** Moves the group in all partitions at once. Rejects with `AdminError` while it has members, when it is unknown, or when the target does not fit. */
  move(
    topic: string,
    group: string,
    to: MoveTarget,
    options?: { readonly dryRun?: boolean },
  ): Promise<readonly GroupMove[]>;
  /** Reads what is retained now, oldest first within a partition, without a group. Rejects with `AdminError` when the topic is unknown. */
  read(topic: string): AsyncIterable<ReceivedRecord>;
}

/** What moves records. It knows nothing of events, Nest, retry or dead letters. */
export interface Backend extends Publisher, Subscriber, Admin {
  readonly name: string;
  /** Where it is, for operators: a path, addresses; never a secret. */
  readonly location?: string;
  /** The largest record, key, value and headers together, that it takes, in bytes. */
  readonly maxRecordBytes: number;
  /** Resolves when the broker answers; rejects with `UnavailableError` when it does not. */
  ping(): Promise<void>;
  /** Waits for what was published, then lets go of everything. May be called twice. Members must have stopped before. */
  close(): Promise<void>;
}
