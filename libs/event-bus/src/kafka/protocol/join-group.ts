import type { Api } from './api.js';

export interface JoinGroupRequest {
  readonly group: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Empty at first. The broker then answers MEMBER_ID_REQUIRED with an id. */
  readonly memberId: string;
  /** The id of a static member. */
  readonly instanceId: string | null;
  /** The assignment strategies that the member supports, the preferred one first. */
  readonly protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[];
}

export interface JoinGroupResponse {
  readonly errorCode: number;
  readonly generation: number;
  readonly protocol: string;
  readonly leader: string;
  readonly memberId: string;
  /** All members; only the leader gets them. */
  readonly members: readonly GroupMember[];
}

export interface GroupMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly metadata: Buffer;
}

/** Joins a group. The answer comes when all members have joined or the rebalance timeout has passed. */
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
