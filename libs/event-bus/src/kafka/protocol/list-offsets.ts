import type { Api } from './api.js';

export interface ListOffsetsRequest {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      /** {@link LATEST}, {@link EARLIEST}, or a time in ms since 1970: the first record made at or after it. */
      readonly timestamp: number;
    }[];
  }[];
}

export interface ListOffsetsResponse {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      /** -1 if there is no such record. */
      readonly offset: number;
    }[];
  }[];
}

export const LATEST = -1;
export const EARLIEST = -2;

const READ_UNCOMMITTED = 0;

/** Returns offsets of partitions that the broker leads. */
export const LIST_OFFSETS: Api<ListOffsetsRequest, ListOffsetsResponse> = {
  name: 'ListOffsets',
  key: 2,
  version: 5,
  write(to, { topics }) {
    to.int32(-1).int8(READ_UNCOMMITTED);
    to.array(topics, ({ topic, partitions }) =>
      to.string(topic).array(partitions, ({ partition, timestamp }) => to.int32(partition).int32(-1).int64(timestamp)),
    );
  },
  read(from) {
    from.int32();
    return {
      topics: from.array(() => ({
        topic: from.string(),
        partitions: from.array(() => {
          const head = { partition: from.int32(), errorCode: from.int16() };
          from.int64();
          const offset = from.int64();
          from.int32();
          return { ...head, offset };
        }),
      })),
    };
  },
};
