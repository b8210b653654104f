import type { Api } from './api.js';

export interface LeaveGroupRequest {
  readonly group: string;
  readonly members: readonly { readonly memberId: string; readonly instanceId: string | null }[];
}

/** Leaves the group, which then divides its partitions at once. */
export const LEAVE_GROUP: Api<LeaveGroupRequest, { readonly errorCode: number }> = {
  name: 'LeaveGroup',
  key: 13,
  version: 3,
  write: (to, { group, members }) =>
    to.string(group).array(members, ({ memberId, instanceId }) => to.string(memberId).nullableString(instanceId)),
  read(from) {
    from.int32();
    return { errorCode: from.int16() };
  },
};
