import type { Backend, Position, ReceivedRecord, Subscription } from '../../core/backend.js';
import type { Limit } from '../until.js';
import type { LogLine } from './child-log.js';
import type { Child, ConsumeTask, Task } from './child.js';
import type { BackendHarness, Limits } from './harness.js';
import type { HandleCall, Member } from './member.js';

export interface MemberOptions extends Partial<Omit<Subscription, 'member'>> {
  /** Default: the case's own. */
  readonly backend?: Backend;
  /** Default: resolves at once. */
  readonly handle?: HandleCall;
  readonly stopping?: AbortController;
}

/** What one case works with. Everything that it opens or starts is ended after the case, whatever became of it. */
export interface Bench {
  readonly harness: BackendHarness;
  readonly limits: Limits;
  readonly backend: Backend;
  /** A topic and a group of this case alone. The topic is there, the group is not. */
  readonly topic: string;
  readonly group: string;
  /** One more name of this case alone, for a topic or a group. */
  name(label: string): string;
  /** Opens one more backend on the same broker. */
  open(): Promise<Backend>;
  /** Publishes records of one key in one call; the topic by default the case's, the key `k`. */
  publish(
    ids: readonly string[],
    where?: { readonly topic?: string; readonly key?: string },
  ): Promise<readonly Position[]>;
  read(topic?: string): Promise<readonly ReceivedRecord[]>;
  /** Starts a member in this process, by default from the earliest record, ten in flight, with a stop budget that no case spends. */
  member(options?: MemberOptions): Member;
  /** Asks a member to stop and waits until it has. */
  stop(member: Member): Promise<void>;
  ended(member: Member): Promise<void>;
  /** Starts a process; all write to one log. */
  child(name: string, task: Task): Child;
  /** {@link child} that consumes, with the defaults of {@link member}. */
  consumer(name: string, options: Partial<ConsumeTask['subscription']> & Pick<ConsumeTask, 'work'>): Child;
  log(): readonly LogLine[];
  /** How many records the group has not settled. */
  behind(): Promise<number>;
  /** Waits until the group has a position everywhere. */
  groupIsMade(which?: { readonly topic?: string }): Promise<void>;
  /** A time later than everything on the topic, and not later than what is published after it resolves. */
  now(): Promise<Date>;
  until(condition: () => boolean | Promise<boolean>, what: Limit['what'], withinMs?: number): Promise<void>;
  /** Looks on for `quietMs`. */
  stays(condition: () => boolean | Promise<boolean>, what: Limit['what'], forMs?: number): Promise<void>;
  within<T>(promise: Promise<T>, what: Limit['what'], withinMs?: number): Promise<T>;
}
