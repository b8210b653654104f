import type { Api } from './api.js';

export interface FindCoordinatorRequest {
  readonly group: string;
}

export interface FindCoordinatorResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

const GROUP = 0;

/** Returns the broker that coordinates a group. */
export const FIND_COORDINATOR: Api<FindCoordinatorRequest, FindCoordinatorResponse> = {
  name: 'FindCoordinator',
  key: 10,
  version: 2,
  write: (to, { group }) => to.string(group).int8(GROUP),
  read(from) {
    from.int32();
    return {
      errorCode: from.int16(),
      errorMessage: from.nullableString(),
      nodeId: from.int32(),
      host: from.string(),
      port: from.int32(),
    };
  },
};
