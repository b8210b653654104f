import type { Start } from '../core/backend.js';
import type { Range } from '../core/settled-ranges.js';
import type { Failure } from './failure.js';

/** What the worker is started with. */
export interface WorkerData extends WorkerOptions {
  /** Of `NativeCalls`. */
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

/** What is removed, and when; see `EmbeddedOptions`. */
export interface RetentionLimits {
  readonly retentionMs: number | undefined;
  readonly deadLetterRetentionMs: number | undefined;
  readonly retentionBytes: number | undefined;
  readonly groupExpiryMs: number;
  readonly trimEveryMs: number;
}

/** Something about the log that an operator should know. */
export interface Report {
  readonly level: 'info' | 'warn' | 'error';
  readonly what: string;
  /** In the order in which they are shown. */
  readonly fields: readonly (readonly [name: string, value: string | number])[];
}

/** Records as they leave the worker, in memory that changes threads without being copied. */
export interface Batch {
  /** Per record its position, its timestamp, and the lengths of key, value and headers; -1 is null. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Per record its key, value and headers. */
  readonly bytes: ArrayBuffer;
}

/** A member of a group, for as long as it renews its lease. The id is never used again: it is the epoch of all that the member holds. */
export interface Membership {
  readonly member: number;
  /** On the machine's monotonic clock, in ms. */
  readonly leaseUntil: number;
}

/** What a member tells and asks in one transaction. */
export interface Turn {
  readonly member: number;
  /** Positions that it has finished. */
  readonly settle: readonly number[];
  /** How many records it can take. */
  readonly want: number;
}

export type TurnResult =
  | { readonly isMember: false }
  | {
      readonly isMember: true;
      readonly leaseUntil: number;
      readonly batch: Batch;
      /** Records that the group had settled before it was moved. */
      readonly passed: readonly Range<number>[];
      /** Records of the batch that members have vanished with, and how many of them. */
      readonly abandoned: ReadonlyMap<number, number>;
      /** Whether another turn may give more at once; if not, the worker sends `woken` when there is more. */
      readonly hasMore: boolean;
    };

/** Where a group may be moved to; `time` in ms since 1970. */
export type Target = 'start' | 'end' | { readonly time: number } | { readonly position: string };

/** What the worker does for the main thread, by name. */
export interface Operations {
  ping(request: null): null;
  /** Record n of `packed` is for topic `topics[topicOf[n]]`; answers with their positions. */
  append(request: {
    readonly topics: readonly string[];
    readonly topicOf: readonly number[];
    readonly packed: ArrayBuffer;
  }): readonly number[];
  read(request: { readonly topic: string; readonly from: number; readonly limit: number }): {
    readonly batch: Batch;
    readonly end: number;
  };
  createTopic(request: { readonly topic: string }): null;
  createGroup(request: { readonly topic: string; readonly group: string; readonly start: Start }): boolean;
  positions(request: { readonly topic: string; readonly group: string }): {
    readonly position: number;
    readonly end: number;
    readonly behind: number;
    readonly oldestAt: number | null;
  };
  /** Answers with `null` when the group was moved for the same before. */
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
  /** Whether it still is a member; if so its lease begins anew. */
  renew(request: { readonly member: number }): boolean;
  /** Settles, gives back everything else, and ends the membership. Answers with whether it was a member until now. */
  leave(request: { readonly member: number; readonly settle: readonly number[] }): boolean;
  /** Lets go of the file. */
  close(request: null): null;
}

export type Operation = keyof Operations;
export type RequestOf<Name extends Operation> = Parameters<Operations[Name]>[0];
export type ResultOf<Name extends Operation> = ReturnType<Operations[Name]>;

/** One operation on its way to the worker. */
export interface Request<Name extends Operation = Operation> {
  readonly id: number;
  readonly operation: Name;
  readonly request: RequestOf<Name>;
}

/**
 * What the worker sends. `woken`: there may be records for this member. `lost`: its lease ran out and it holds nothing any more.
 * `failed`: the file does not answer, and nobody keeps its lease any more.
 */
export type FromWorker =
  | { readonly kind: 'result'; readonly id: number; readonly result: ResultOf<Operation> }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'woken' | 'lost'; readonly member: number }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'failed'; readonly member: number; readonly failure: Failure };
