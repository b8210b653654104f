import { HEARTBEAT } from '../protocol/heartbeat.js';
import { JOIN_GROUP, type JoinGroupResponse } from '../protocol/join-group.js';
import { LEAVE_GROUP } from '../protocol/leave-group.js';
import { SYNC_GROUP, type SyncGroupRequest, type SyncGroupResponse } from '../protocol/sync-group.js';
import type { Coordinator } from './coordinator.js';

/** How long after the rebalance timeout a broker may answer JoinGroup and SyncGroup, in ms. */
const GRACE_MS = 10_000;
/** The time a member needs to notice a rebalance and to commit, besides the time for its running calls, in ms. */
const NOTICE_MS = 9_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The identity of a member in the current generation. */
export interface Identity {
  readonly memberId: string;
  readonly generation: number;
}

export interface GroupRequestsOptions {
  readonly group: string;
  /** The instance id of a static member. */
  readonly instanceId: string | null;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
}

/**
 * The requests of a member to its coordinator. Error codes are in the responses. Rejects if the coordinator is away.
 */
export class GroupRequests {
  readonly #coordinator: Coordinator;
  readonly #of: GroupRequestsOptions;

  constructor(coordinator: Coordinator, of: GroupRequestsOptions) {
    this.#coordinator = coordinator;
    // A member that gives back in time must not lose its session.
    const ownMs = Math.min(of.rebalanceTimeoutMs + NOTICE_MS, MAX_TIMER_MS);
    const rebalanceTimeoutMs = Math.max(ownMs, of.sessionTimeoutMs);
    this.#of = { ...of, rebalanceTimeoutMs };
  }

  /** Resolves when all members have joined, or the rebalance timeout is over. */
  join(
    memberId: string,
    protocol: { readonly name: string; readonly metadata: Uint8Array },
  ): Promise<JoinGroupResponse> {
    const request = { ...this.#of, memberId, protocols: [protocol] };
    return this.#coordinator.ask(JOIN_GROUP, request, { channel: 'join', timeoutMs: this.#joinMs, codes: codeOf });
  }

  /** Resolves when the leader has divided the partitions. */
  sync(by: Identity, assignments: SyncGroupRequest['assignments']): Promise<SyncGroupResponse> {
    const request = { ...this.self(by), assignments };
    return this.#coordinator.ask(SYNC_GROUP, request, { channel: 'join', timeoutMs: this.#joinMs, codes: codeOf });
  }

  heartbeat(by: Identity, timeoutMs: number): Promise<{ readonly errorCode: number }> {
    return this.#coordinator.ask(HEARTBEAT, this.self(by), { channel: 'heartbeat', timeoutMs, codes: codeOf });
  }

  /** Leaves the group. Resolves with whether the coordinator has confirmed it. */
  async leave(memberId: string, timeoutMs: number): Promise<boolean> {
    const members = [{ memberId, instanceId: null }];
    const options = { channel: 'heartbeat', timeoutMs, codes: codeOf } as const;
    return this.#coordinator.ask(LEAVE_GROUP, { group: this.#of.group, members }, options).then(
      () => true,
      () => false,
    );
  }

  self({ memberId, generation }: Identity) {
    const { group, instanceId } = this.#of;
    return { group, generation, memberId, instanceId };
  }

  get #joinMs(): number {
    return Math.min(this.#of.rebalanceTimeoutMs + GRACE_MS, MAX_TIMER_MS);
  }
}

const codeOf = ({ errorCode }: { readonly errorCode: number }) => [errorCode];
