import type { Api } from './api.js';

export interface ApiVersionsResponse {
  readonly errorCode: number;
  readonly apis: readonly { readonly key: number; readonly min: number; readonly max: number }[];
}

/** Returns the request versions that the broker supports. */
export const API_VERSIONS: Api<Record<string, never>, ApiVersionsResponse> = {
  name: 'ApiVersions',
  key: 18,
  version: 2,
  write: () => undefined,
  read: (from) => ({
    errorCode: from.int16(),
    apis: from.array(() => ({ key: from.int16(), min: from.int16(), max: from.int16() })),
  }),
};
