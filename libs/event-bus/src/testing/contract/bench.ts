import type { Backend, Position, ReceivedRecord, Subscription } from '../../core/backend.js';
import type { Limit } from '../until.js';
import type { LogLine } from './child-log.js';
import type { Child, ConsumeTask, Task } from './child.js';
import type { BackendHarness, Limits } from './harness.js';
import type { HandleCall, Member } from './member.js';

export interface MemberOptions extends Partial<Omit<Subscription, 'member'>> {
  /** Default: the backend of the case. */
  readonly backend?: Backend;
  /** Default: a handler that resolves at once. */
  readonly handle?: HandleCall;
  readonly stopping?: AbortController;
}

/** The tools of one case. Everything that the case opens or starts is ended after the case, even if the case fails. */
export interface Bench {
  readonly harness: BackendHarness;
  readonly limits: Limits;
  readonly backend: Backend;
  /** A topic and a group for this case only. The topic exists, the group does not. */
  readonly topic: string;
  readonly group: string;
  /** Another name for this case only, for a topic or a group. */
  name(label: string): string;
  /** Opens another backend on the same broker. */
  open(): Promise<Backend>;
  /** Publishes records with one key in one call. Default topic: that of the case. Default key: `k`. */
  publish(
    ids: readonly string[],
    where?: { readonly topic?: string; readonly key?: string },
  ): Promise<readonly Position[]>;
  read(topic?: string): Promise<readonly ReceivedRecord[]>;
  /**
   * Starts a member in this process. Defaults: start `earliest`, `maxInFlight` 10, a stop budget that no case uses up.
   */
  member(options?: MemberOptions): Member;
  /** Asks a member to stop and waits until it has stopped. */
  stop(member: Member): Promise<void>;
  ended(member: Member): Promise<void>;
  /** Starts a process. All processes write to one log. */
  child(name: string, task: Task): Child;
  /** Starts a {@link child} that consumes, with the defaults of {@link member}. */
  consumer(name: string, options: Partial<ConsumeTask['subscription']> & Pick<ConsumeTask, 'work'>): Child;
  log(): readonly LogLine[];
  /** The number of records that the group has not settled. */
  behind(): Promise<number>;
  /** Waits until the group has a position on every partition. */
  groupIsMade(which?: { readonly topic?: string }): Promise<void>;
  /** A time after all records on the topic, and not after records published once it has resolved. */
  now(): Promise<Date>;
  until(condition: () => boolean | Promise<boolean>, what: Limit['what'], withinMs?: number): Promise<void>;
  /** Checks that `condition` stays true for `forMs`, by default `quietMs`. */
  stays(condition: () => boolean | Promise<boolean>, what: Limit['what'], forMs?: number): Promise<void>;
  within<T>(promise: Promise<T>, what: Limit['what'], withinMs?: number): Promise<T>;
}
