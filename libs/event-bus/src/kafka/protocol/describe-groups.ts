import type { Api } from './api.js';

export interface DescribeGroupsResponse {
  readonly groups: readonly {
    readonly errorCode: number;
    readonly group: string;
    /** Dead, Empty, PreparingRebalance, CompletingRebalance or Stable. */
    readonly state: string;
    readonly members: readonly {
      readonly memberId: string;
      readonly instanceId: string | null;
      readonly clientId: string;
      readonly clientHost: string;
      readonly subscription: Buffer;
      readonly assignment: Buffer;
    }[];
  }[];
}

/** Returns the state and the members of groups. */
export const DESCRIBE_GROUPS: Api<{ readonly groups: readonly string[] }, DescribeGroupsResponse> = {
  name: 'DescribeGroups',
  key: 15,
  version: 4,
  write: (to, { groups }) => to.array(groups, (group) => to.string(group)).boolean(false),
  read(from) {
    from.int32();
    return {
      groups: from.array(() => {
        const head = { errorCode: from.int16(), group: from.string(), state: from.string() };
        // The type and the name of the members' protocol.
        from.string();
        from.string();
        const members = from.array(() => {
          const member = {
            memberId: from.string(),
            instanceId: from.nullableString(),
            clientId: from.string(),
            clientHost: from.string(),
          };
          return { ...member, subscription: from.bytes(), assignment: from.bytes() };
        });
        from.int32();
        return { ...head, members };
      }),
    };
  },
};
