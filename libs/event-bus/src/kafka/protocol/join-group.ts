import type { Api } from './api.js';

export interface JoinGroupRequest {
  readonly group: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Empty at first: the broker then answers MEMBER_ID_REQUIRED with one. */
  readonly memberId: string;
  /** Of a static member. */
  readonly instanceId: string | null;
  /** The ways of dividing partitions that the member knows, the preferred one first. */
  readonly protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[];
}

export interface JoinGroupResponse {
  readonly errorCode: number;
  readonly generation: number;
  readonly protocol: string;
  readonly leader: string;
  readonly memberId: string;
  /** All members, for the leader alone. */
  readonly members: readonly GroupMember[];
}

export interface GroupMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly metadata: Buffer;
}

/** Answered when all members have joined, or the rebalance timeout is over. */
export const JOIN_GROUP: Api<JoinGroupRequest, JoinGroupResponse> = {
  name: 'JoinGroup',
  key: 11,
  version: 5,
  write(to, { group, sessionTimeoutMs, rebalanceTimeoutMs, memberId, instanceId, protocols }) {
    to.string(group).int32(sessionTimeoutMs).int32(rebalanceTimeoutMs).string(memberId).nullableString(instanceId);
    to.string('consumer').array(protocols, ({ name, metadata }) => to.string(name).bytes(metadata));
  },
  read(from) {
    from.int32();
    return {
      errorCode: from.int16(),
      generation: from.int32(),
      protocol: from.string(),
      leader: from.string(),
      memberId: from.string(),
      members: from.array(() => ({
        memberId: from.string(),
        instanceId: from.nullableString(),
        metadata: from.bytes(),
      })),
    };
  },
};
