import type { Start, TopicGroup } from '../../core/backend.js';
import type { Range } from '../../core/member/settled-ranges.js';
import type { Failure } from './failure.js';

/** The data that the worker starts with. */
export interface WorkerData extends WorkerOptions {
  /** The memory of `NativeCalls`. */
  readonly native: SharedArrayBuffer;
}

export interface WorkerOptions {
  readonly path: string;
  readonly pollMs: number;
  readonly leaseMs: number;
  readonly maxBytes: number | undefined;
  readonly allowNetworkDrive: boolean;
  readonly limits: RetentionLimits;
}

/** The limits of retention; see `EmbeddedOptions`. */
export interface RetentionLimits {
  readonly retentionMs: number | undefined;
  readonly deadLetterRetentionMs: number | undefined;
  readonly retentionBytes: number | undefined;
  readonly groupExpiryMs: number;
  readonly trimEveryMs: number;
}

/** A report about the log for the operator. */
export interface Report {
  readonly level: 'info' | 'warn' | 'error';
  readonly what: string;
  /** The fields in the order in which they are shown. */
  readonly fields: readonly (readonly [name: string, value: string | number])[];
}

/** Records sent by the worker, in memory that is transferred without a copy. */
export interface Batch {
  /** For each record: its position, its timestamp, and the lengths of key, value and headers; -1 means null. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** For each record: its key, value and headers. */
  readonly bytes: ArrayBuffer;
}

/**
 * A membership in a group. It lasts while its lease is renewed. Its id is never used again, so the id fences off
 * everything that an earlier member held.
 */
export interface Membership {
  readonly member: number;
  /** A time of the monotonic clock, in ms. */
  readonly leaseUntil: number;
}

/** What a member sends in one turn. The worker settles and claims in one transaction. */
export interface Turn {
  readonly member: number;
  /** The positions that it has finished. */
  readonly settle: readonly number[];
  /** The maximum number of records to claim. */
  readonly want: number;
}

export type TurnResult =
  | { readonly isMember: false }
  | {
      readonly isMember: true;
      readonly leaseUntil: number;
      readonly batch: Batch;
      /** The ranges settled before the group was moved. */
      readonly passed: readonly Range<number>[];
      /** Position → how many members have vanished while they held this record. Contains only such records. */
      readonly abandoned: ReadonlyMap<number, number>;
      /** Whether another turn may return more now. If not, the worker sends `woken` later. */
      readonly hasMore: boolean;
    };

/** The target of a move. `time` is in ms since 1970. */
export type Target = 'start' | 'end' | { readonly time: number } | { readonly position: string };

/** The operations of the worker, by name. */
export interface Operations {
  ping(request: null): null;
  /** Appends record n of `packed` to topic `topics[topicOf[n]]`. Returns the positions. */
  append(request: {
    readonly topics: readonly string[];
    readonly topicOf: readonly number[];
    readonly packed: ArrayBuffer;
  }): readonly number[];
  read(request: { readonly topic: string; readonly from: number; readonly limit: number }): {
    readonly batch: Batch;
    readonly end: number;
  };
  topics(request: null): readonly string[];
  groups(request: { readonly topic: string }): readonly TopicGroup[];
  createTopic(request: { readonly topic: string }): null;
  createGroup(request: { readonly topic: string; readonly group: string; readonly start: Start }): boolean;
  positions(request: { readonly topic: string; readonly group: string }): {
    readonly position: number;
    readonly end: number;
    readonly behind: number;
    readonly oldestAt: number | null;
  };
  /** Returns `null` if the group was moved before with the same `once`. */
  move(request: {
    readonly topic: string;
    readonly group: string;
    readonly to: Target;
    readonly dryRun: boolean;
    readonly once: string | undefined;
  }): { readonly from: number; readonly to: number; readonly again: number; readonly skipped: number } | null;
  join(request: {
    readonly topic: string;
    readonly group: string;
    readonly start: Start;
    readonly name: string;
  }): Membership;
  turn(request: Turn): TurnResult;
  /** Renews the lease. Returns false if the membership has ended. */
  renew(request: { readonly member: number }): boolean;
  /**
   * Settles these positions, releases all other records, and ends the membership. Returns false if it had ended before.
   */
  leave(request: { readonly member: number; readonly settle: readonly number[] }): boolean;
  /** Closes the file. */
  close(request: null): null;
}

export type Operation = keyof Operations;
export type RequestOf<Name extends Operation> = Parameters<Operations[Name]>[0];
export type ResultOf<Name extends Operation> = ReturnType<Operations[Name]>;

/** A request to the worker. */
export interface Request<Name extends Operation = Operation> {
  readonly id: number;
  readonly operation: Name;
  readonly request: RequestOf<Name>;
}

/**
 * A message of the worker. `woken`: there may be records for this member. `lost`: its lease expired, and it holds no
 * more records. `failed`: the file does not answer, and the lease is no longer renewed.
 */
export type FromWorker =
  | { readonly kind: 'result'; readonly id: number; readonly result: ResultOf<Operation> }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'woken' | 'lost'; readonly member: number }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'failed'; readonly member: number; readonly failure: Failure };
