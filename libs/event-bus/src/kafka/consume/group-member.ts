import { AccessRefusedError } from '../../core/errors.js';
import type { Cluster } from '../client/cluster.js';
import { kafkaError } from '../client/errors.js';
import type {
  Committed,
  Committing,
  Fetching,
  FetchListener,
  Membership,
  MembershipListener,
  MembershipOptions,
} from '../port.js';
import { readAssignment } from '../protocol/consumer-protocol.js';
import { errorName, ProtocolError } from '../protocol/error-codes.js';
import type { JoinGroupResponse } from '../protocol/join-group.js';
import { Ailment, type Observe } from '../reporter.js';
import type { Assignor } from './assign/assignor.js';
import { beating } from './beating.js';
import { Coordinator } from './coordinator.js';
import { type Counts, divide } from './division.js';
import { Fetcher } from './fetcher.js';
import { CommittedOffsets } from './committed-offsets.js';
import { GroupRequests, type Identity } from './group-requests.js';
import { leaveGroup } from './leave-group.js';
import { fencedError, joinRefusal } from './refusals.js';
import { TopicWatch } from './topic-watch.js';
import { untilAnswered } from './until-answered.js';

export interface GroupMemberOptions extends MembershipOptions {
  readonly assignor: Assignor;
  /** The instance id of a static member. */
  readonly instanceId: string | undefined;
  readonly pollMs: number;
  readonly sessionTimeoutMs: number;
  /** The limit of an unpacked batch, in bytes. */
  readonly maxBatchBytes: number;
  readonly observe: Observe;
}

/** How long a heartbeat may go unanswered before the coordinator is looked up again, in ms. */
const BEAT_MS = 3_000;
/** How long to look for the first coordinator, in ms. */
const FIRST_MS = 10_000;

/**
 * One member of one group, from joining to leaving: https://kafka.apache.org/protocol#The_Messages_JoinGroup
 *
 * A rebalance has four steps: give partitions back, join, let the leader divide the partitions, take the new ones.
 * Heartbeats run in parallel on their own connection, and their responses start the next rebalance. A coordinator that
 * moves or dies ends nothing: its successor knows the members.
 */
export class GroupMember implements Membership {
  readonly #cluster: Cluster;
  readonly #options: GroupMemberOptions;
  readonly #listener: MembershipListener;
  readonly #requests: GroupRequests;
  readonly #offsets: CommittedOffsets;
  readonly #watch: TopicWatch;
  readonly #away: Ailment;
  readonly #retired = new AbortController();
  readonly #left = new AbortController();
  readonly #hasJoined: Promise<void>;
  #joinedOnce: () => void = () => undefined;
  #running: Promise<void> | undefined;
  #asking: Promise<unknown> | undefined;
  #memberId = '';
  #generation = -1;
  #owned: readonly number[] = [];
  /** The generation in which the member got its partitions. */
  #ownedSince = -1;
  #isJoining = false;
  #hasFailed = false;
  /** When the coordinator last answered, in monotonic time. */
  #heardAt = performance.now();
  /** See `Asks`. */
  #round = 0;
  #isStale = false;
  #wake: () => void = () => undefined;

  constructor(cluster: Cluster, options: GroupMemberOptions, listener: MembershipListener) {
    this.#cluster = cluster;
    this.#options = options;
    this.#listener = listener;
    this.#hasJoined = new Promise((resolve) => (this.#joinedOnce = resolve));
    const { group, topic, observe } = options;
    const coordinator = new Coordinator(cluster, group);
    this.#requests = new GroupRequests(coordinator, {
      ...options,
      instanceId: this.#isStatic ? (options.instanceId ?? null) : null,
    });
    this.#offsets = new CommittedOffsets(coordinator, { topic, group });
    const fields = [
      ['topic', topic],
      ['group', group],
    ] as const;
    this.#away = new Ailment({
      observe,
      what: 'The coordinator of the group does not answer, will try again; the member keeps its partitions',
      over: 'The coordinator of the group answers again',
      fields,
      afterMs: BEAT_MS,
    });
    this.#watch = new TopicWatch(cluster, { topic, fields, observe, signal: this.#left.signal });
  }

  get topicId(): string | undefined {
    const id = this.#cluster.topics.get(this.#options.topic)?.id;
    return id === undefined || /^0*$/.test(id) ? undefined : id;
  }

  async join(): Promise<void> {
    this.#running ??= this.#run().finally(() => this.#joinedOnce());
    await this.#hasJoined;
  }

  read(listener: FetchListener): Fetching {
    const { topic, pollMs, maxBatchBytes } = this.#options;
    return new Fetcher(this.#cluster, { topic, pollMs, maxBatchBytes }, listener);
  }

  positions(partitions: readonly number[]): Promise<ReadonlyMap<number, Committed>> {
    return this.#explained(this.#offsets.fetch(partitions));
  }

  async commit(offsets: readonly Committed[]): Promise<Committing> {
    const by = this.#identity;
    if (by.memberId === '' || by.generation < 0) return 'lost';
    const answer = await this.#explained(this.#offsets.commit(this.#requests.self(by), offsets));
    if (answer === 'done' || answer === 'again' || answer === 'gone') return answer;
    if (answer === 'FENCED_INSTANCE_ID') {
      this.#fail(fencedError(this.#options));
      return 'lost';
    }
    // While a member joins and keeps its partitions, the coordinator answers in this way for its previous generation.
    if (this.#generation !== by.generation || this.#isJoining) return 'again';
    this.#lose(answer);
    return 'lost';
  }

  retire(): void {
    if (this.#retired.signal.aborted) return;
    this.#retired.abort(new Error('The member leaves.'));
    this.#wake();
  }

  async leave(): Promise<void> {
    this.retire();
    if (!this.#isStatic)
      await leaveGroup(this.#requests, { memberId: () => this.#memberId, pendingJoin: this.#asking });
    this.#left.abort(new Error('The member has left.'));
    this.#cluster.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.#untilAnswered(() => this.#cluster.refresh([this.#options.topic]), FIRST_MS);
      const { sessionTimeoutMs } = this.#options;
      const intervalMs = Math.min(BEAT_MS, Math.floor(sessionTimeoutMs / 3));
      void beating(() => this.#beat(intervalMs), { intervalMs: () => intervalMs, signal: this.#left.signal });
      while (!this.#isRetired) {
        this.#isStale = false;
        await this.#divide();
        await this.#untilStale();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  get #isStatic(): boolean {
    const { instanceId, isBrief = false } = this.#options;
    return instanceId !== undefined && !isBrief;
  }

  get #isRetired(): boolean {
    return this.#retired.signal.aborted;
  }

  /** One rebalance. */
  async #divide(): Promise<void> {
    const { assignor } = this.#options;
    // Right before joining: no other member gets these partitions before they are given back.
    if (!assignor.isCooperative) await this.#giveBack(this.#owned);
    if (this.#isRetired) return;
    // Heartbeats of the meantime have said what this join is for.
    this.#isStale = false;
    this.#isJoining = true;
    const assigned = await this.#join().finally(() => (this.#isJoining = false));
    if (assigned === undefined) return this.#again();
    const added = assigned.filter((each) => !this.#owned.includes(each));
    const moved = this.#owned.filter((each) => !assigned.includes(each));
    this.#owned = [...this.#owned, ...added];
    this.#ownedSince = this.#generation;
    this.#listener.onAssigned(added);
    this.#joinedOnce();
    if (moved.length === 0) return;
    await this.#giveBack(moved);
    this.#again();
  }

  async #giveBack(partitions: readonly number[]): Promise<void> {
    if (partitions.length === 0) return;
    await this.#listener.onRevoke(partitions);
    this.#owned = this.#owned.filter((each) => !partitions.includes(each));
  }

  /** The partitions of the topic for this member; `undefined` if it must join again. */
  async #join(): Promise<readonly number[] | undefined> {
    const { topic, assignor } = this.#options;
    const joined = await this.#askToJoin();
    const problem = errorName(joined.errorCode);
    if (problem === 'MEMBER_ID_REQUIRED') this.#memberId = joined.memberId;
    if (problem !== undefined) return this.#refused(problem);
    this.#memberId = joined.memberId;
    this.#generation = joined.generation;
    this.#heardAt = performance.now();
    // A member that leaves and owns no partitions stops here. The others need to wait only for members that stay or
    // still have partitions to commit.
    if (this.#isRetired && this.#owned.length === 0 && !this.#isStatic) return undefined;
    const isLeader = joined.leader === joined.memberId;
    const division = isLeader
      ? await this.#untilAnswered(() => divide(this.#cluster, assignor, joined.members), this.#patienceMs)
      : undefined;
    if (this.#generation !== joined.generation) return undefined;
    const assignments = division?.assignments ?? [];
    const synced = await this.#untilAnswered(() => this.#requests.sync(this.#identity, assignments), this.#patienceMs);
    const refusal = errorName(synced.errorCode);
    if (refusal !== undefined) return this.#refused(refusal);
    this.#heardAt = performance.now();
    this.#watchOver(division?.counts);
    const known = this.#cluster.topics.get(topic);
    if (known?.error === 'TOPIC_AUTHORIZATION_FAILED') throw new ProtocolError(known.error);
    return readAssignment(synced.assignment).get(topic) ?? [];
  }

  #askToJoin(): Promise<JoinGroupResponse> {
    const { topic, assignor } = this.#options;
    const question = () => {
      const asks = { topic, owned: this.#owned, generation: this.#ownedSince, round: this.#round };
      return this.#requests.join(this.#memberId, { name: assignor.name, metadata: assignor.subscription(asks) });
    };
    // The coordinator answers a join when all members have given up their partitions, which may take others longer than
    // this member. So this member waits as long as the coordinator answers heartbeats.
    const isWell = () =>
      this.#requests.heartbeat(this.#identity, FIRST_MS).then(
        () => true,
        () => false,
      );
    const asking = this.#untilAnswered(question, this.#memberId === '' ? FIRST_MS : this.#patienceMs, isWell);
    this.#asking = asking.catch(() => undefined);
    return asking;
  }

  /** Resolves with `undefined` if joining again helps; otherwise rejects. */
  async #refused(problem: string): Promise<undefined> {
    if (problem === 'MEMBER_ID_REQUIRED' || problem === 'REBALANCE_IN_PROGRESS') return undefined;
    if (problem === 'UNKNOWN_MEMBER_ID' || problem === 'ILLEGAL_GENERATION') {
      this.#lose(problem);
      return undefined;
    }
    throw await joinRefusal(problem, this.#options, this.#cluster);
  }

  /**
   * Sends a heartbeat and acts on the response. While the member joins, it only checks that the coordinator is there.
   */
  async #beat(intervalMs: number): Promise<boolean> {
    if (this.#memberId === '' || this.#generation < 0 || this.#hasFailed) return true;
    const by = this.#identity;
    try {
      const { errorCode } = await this.#requests.heartbeat(by, Math.max(intervalMs, 1_000));
      this.#heardAt = performance.now();
      this.#away.worked();
      if (this.#isJoining || by.generation !== this.#generation) return true;
      const problem = errorName(errorCode);
      if (problem === 'REBALANCE_IN_PROGRESS') this.#again();
      else if (problem === 'FENCED_INSTANCE_ID') this.#fail(fencedError(this.#options));
      else if (problem === 'UNKNOWN_MEMBER_ID' || problem === 'ILLEGAL_GENERATION') this.#lose(problem);
      else if (problem !== undefined) this.#fail(new ProtocolError(problem));
      return true;
    } catch (thrown) {
      if (this.#left.signal.aborted) return true;
      const error = this.#error(thrown);
      this.#away.failed(error);
      if (error instanceof AccessRefusedError) this.#fail(error);
      else if (!this.#isJoining && performance.now() - this.#heardAt > this.#patienceMs) this.#fail(error);
      return false;
    }
  }

  /** Call this if the group does not count this member any more. */
  #lose(problem: string): void {
    if (problem !== 'ILLEGAL_GENERATION') this.#memberId = '';
    this.#generation = -1;
    if (this.#owned.length > 0) this.#listener.onLost(`the group removed this member (${problem})`);
    this.#owned = [];
    this.#ownedSince = -1;
    this.#again();
  }

  #watchOver(counts: Counts | undefined): void {
    const rejoin = () => {
      this.#round += 1;
      this.#again();
    };
    this.#watch.begin({ counts, onChanged: rejoin });
  }

  #again(): void {
    this.#isStale = true;
    this.#wake();
  }

  /** Resolves when the member must join again or has retired. */
  async #untilStale(): Promise<void> {
    if (this.#isStale || this.#isRetired) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #untilAnswered<Answer>(
    question: () => Promise<Answer>,
    withinMs: number,
    isWell?: () => Promise<boolean>,
  ): Promise<Answer> {
    return untilAnswered(question, {
      withinMs,
      ...(isWell === undefined ? {} : { isWell }),
      signal: this.#retired.signal,
      errorOf: (thrown) => this.#error(thrown),
      onFailure: (error) => this.#away.failed(error),
    });
  }

  #fail(thrown: unknown): void {
    if (this.#hasFailed || this.#isRetired) return;
    this.#hasFailed = true;
    this.#listener.onFailed(this.#error(thrown));
    this.retire();
  }

  async #explained<Answer>(asking: Promise<Answer>): Promise<Answer> {
    try {
      return await asking;
    } catch (thrown) {
      throw this.#error(thrown);
    }
  }

  #error(thrown: unknown): Error {
    return kafkaError(thrown, `consume ${this.#options.topic} as group ${this.#options.group}`);
  }

  get #identity(): Identity {
    return { memberId: this.#memberId, generation: this.#generation };
  }

  /** How long a coordinator may be away, in ms. Its successor restarts the session timeouts. */
  get #patienceMs(): number {
    return Math.max(this.#options.sessionTimeoutMs, FIRST_MS);
  }
}
