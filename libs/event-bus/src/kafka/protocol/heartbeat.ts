import type { Api } from './api.js';

/** A member of a group. */
export interface Membership {
  readonly group: string;
  readonly generation: number;
  readonly memberId: string;
  readonly instanceId: string | null;
}

/** Shows the coordinator that the member is alive. */
export const HEARTBEAT: Api<Membership, { readonly errorCode: number }> = {
  name: 'Heartbeat',
  key: 12,
  version: 3,
  write: (to, { group, generation, memberId, instanceId }) =>
    to.string(group).int32(generation).string(memberId).nullableString(instanceId),
  read(from) {
    from.int32();
    return { errorCode: from.int16() };
  },
};
