import type { Api } from './api.js';
import type { Membership } from './heartbeat.js';

export interface SyncGroupRequest extends Membership {
  /** The assignments of all members. Only the leader sends them. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

export interface SyncGroupResponse {
  readonly errorCode: number;
  readonly assignment: Buffer;
}

/** Returns the member's assignment, after the leader has divided the partitions. */
export const SYNC_GROUP: Api<SyncGroupRequest, SyncGroupResponse> = {
  name: 'SyncGroup',
  key: 14,
  version: 3,
  write(to, { group, generation, memberId, instanceId, assignments }) {
    to.string(group).int32(generation).string(memberId).nullableString(instanceId);
    to.array(assignments, (of) => to.string(of.memberId).bytes(of.assignment));
  },
  read(from) {
    from.int32();
    return { errorCode: from.int16(), assignment: from.bytes() };
  },
};
