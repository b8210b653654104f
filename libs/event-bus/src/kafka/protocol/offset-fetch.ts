import type { Api } from './api.js';

export interface OffsetFetchRequest {
  readonly group: string;
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
}

export interface OffsetFetchResponse {
  readonly errorCode: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      /** -1 if the group has none. */
      readonly offset: number;
      readonly metadata: string;
      readonly errorCode: number;
    }[];
  }[];
}

/** Returns the committed offsets of a group. */
export const OFFSET_FETCH: Api<OffsetFetchRequest, OffsetFetchResponse> = {
  name: 'OffsetFetch',
  key: 9,
  version: 5,
  write: (to, { group, topics }) =>
    to
      .string(group)
      .array(topics, ({ topic, partitions }) => to.string(topic).array(partitions, (each) => to.int32(each))),
  read(from) {
    from.int32();
    const topics = from.array(() => ({
      topic: from.string(),
      partitions: from.array(() => {
        const head = { partition: from.int32(), offset: from.int64() };
        from.int32();
        return { ...head, metadata: from.nullableString() ?? '', errorCode: from.int16() };
      }),
    }));
    return { topics, errorCode: from.int16() };
  },
};
