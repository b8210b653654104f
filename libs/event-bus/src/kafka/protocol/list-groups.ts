import type { Api } from './api.js';

export interface ListGroupsResponse {
  readonly errorCode: number;
  readonly groups: readonly string[];
}

/** Returns the groups that a broker coordinates, as far as the user may see them. */
export const LIST_GROUPS: Api<Record<string, never>, ListGroupsResponse> = {
  name: 'ListGroups',
  key: 16,
  version: 2,
  write: () => undefined,
  read(from) {
    from.int32();
    const errorCode = from.int16();
    const groups = from.array(() => {
      const group = from.string();
      // The type of the members' protocol.
      from.string();
      return group;
    });
    return { errorCode, groups };
  },
};
