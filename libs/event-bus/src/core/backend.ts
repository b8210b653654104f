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
  /** Whether the group had settled this record, and all before it, when it was moved to where it gets it again; not what a move skipped. */
  readonly isReplay: boolean;
  /**
   * How many members vanished with this record in hand, where the backend counts it: they gave no sign of life until their lease or session
   * ended. A member that gave the record back, as at a stop, does not count, nor one whose process lives and has only lost its broker.
   */
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
  /** Whether of a partition's records one is worked on at a time, so that there is nothing gained by handing over many; default `false`. */
  readonly isSerial?: boolean;
  /** Called whenever this member has become one of the group's, before it gets records: with its share of the topic, be it none for now. */
  readonly onAssigned?: () => void;
  /** How long running handlers may take to end once `stop` or a loss of the record asks for it, in ms. */
  readonly stopBudgetMs: number;
}

/** Tells that a record is no longer this member's, and why. An `AbortSignal` is one, which costs more than all else where each record has its own. */
export interface LostSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** What core does with one record; see {@link Subscriber}. */
export type HandleRecord = (record: ReceivedRecord, lost: LostSignal) => Promise<void>;

export interface PublishCallOptions {
  /**
   * Aborts when nobody waits for the call any more: what is not on its way by then is not sent, and the call rejects with the signal's
   * reason, at the latest when its turn comes. A call that is on its way settles as if there were no signal.
   */
  readonly signal?: AbortSignal;
}

export interface Publisher {
  /**
   * Resolves when the broker has taken the records, with their positions in the same order (Kafka: acks=all; embedded: fsync).
   *
   * Order of one key = order of the calls. Calls made while a request is in flight travel together; a record that is not taken fails
   * its own call alone, whatever its topic. A call of several records that rejects may have been taken in part, before and behind the one that
   * was not; the backend sends nothing again that was answered. Rejects with `RecordRefusedError` when the broker will never take it, else with `UnavailableError`, also at once
   * when too much waits already.
   */
  publish(records: readonly OutgoingRecord[], options?: PublishCallOptions): Promise<readonly Position[]>;
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

/**
 * What a move did, or would do, in one partition: afterwards the group is behind by `again` more and by `skipped` less.
 *
 * Exact on the embedded backend; on Redis the entries that the stream still has; on Kafka differences of offsets, so that on compacted
 * topics and those of transactions there may be fewer records.
 */
export interface GroupMove {
  readonly partition: number;
  /** Where the oldest record lay that the group had not settled; `null` when it had no position here. */
  readonly from: Position | null;
  /** What the group gets next. */
  readonly to: Position;
  /** How many records that it had settled, or that an earlier move skipped, it gets again. */
  readonly again: number;
  /** How many records that it had not settled, those in hand included, it does not get any more. */
  readonly skipped: number;
}

export interface MoveOptions {
  /** Only tells what would happen, and marks nothing. */
  readonly dryRun?: boolean;
  /**
   * What the move is for, at most 100 characters: the group remembers it as long as it has a position, and when it was moved for the same
   * before, nothing is done and the answer is `[]`, whether it has members or not.
   */
  readonly once?: string;
}

export interface Admin {
  /** Makes the topic; resolves also when it is there already. */
  createTopic(topic: string): Promise<void>;
  /** Gives the group a durable position unless it has one; resolves with whether it was made. Makes the topic when it is missing. */
  createGroup(topic: string, group: string, start: Start): Promise<boolean>;
  /** Position and lag per partition. Rejects with `AdminError` when the topic or the group is unknown. */
  positions(topic: string, group: string): Promise<readonly GroupPosition[]>;
  /**
   * Moves the group in all partitions at once, or to a position in the one that it lies in; answers with the partitions that it moved.
   * A time behind all records is the end. Rejects with `AdminError`, also as a dry run, while the group has members, when it is
   * unknown, or when the target does not fit.
   */
  move(topic: string, group: string, to: MoveTarget, options?: MoveOptions): Promise<readonly GroupMove[]>;
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
