import type { Api } from './api.js';

export interface FetchRequest {
  /** How long the broker may wait for records, in ms. */
  readonly maxWaitMs: number;
  /** The size limit of the answer, in bytes. A first batch that is larger comes all the same. */
  readonly maxBytes: number;
  readonly topics: readonly {
    /** The id from `METADATA`. A topic that was created again under the same name has another one. */
    readonly topicId: string;
    readonly partitions: readonly {
      readonly partition: number;
      /** The known epoch of the leader; -1 omits it. */
      readonly leaderEpoch: number;
      readonly offset: number;
      readonly maxBytes: number;
    }[];
  }[];
}

export interface FetchResponse {
  readonly errorCode: number;
  readonly topics: readonly { readonly topicId: string; readonly partitions: readonly FetchedPartition[] }[];
}

export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: number }[];
  /** Batches in the form of the log. The last one may be cut off. */
  readonly records: Buffer;
}

const READ_COMMITTED = 1;

/** Reads records of partitions that the broker leads, without those of open transactions. Uses no fetch session. */
export const FETCH: Api<FetchRequest, FetchResponse> = {
  name: 'Fetch',
  key: 1,
  version: 13,
  isFlexible: true,
  write(to, { maxWaitMs, maxBytes, topics }) {
    // Replica id -1 (a client), at least one byte, no fetch session.
    to.int32(-1).int32(maxWaitMs).int32(1).int32(maxBytes).int8(READ_COMMITTED).int32(0).int32(-1);
    to.compactArray(topics, ({ topicId, partitions }) =>
      to
        .raw(Buffer.from(topicId, 'hex'))
        .compactArray(partitions, (asked) =>
          to
            .int32(asked.partition)
            .int32(asked.leaderEpoch)
            .int64(asked.offset)
            // No last fetched epoch and no log start offset: only replicas have these.
            .int32(-1)
            .int64(-1)
            .int32(asked.maxBytes)
            .noTags(),
        )
        .noTags(),
    );
    // No topics to remove from a session, and no rack.
    to.compactArray([], () => undefined)
      .compactString('')
      .noTags();
  },
  read(from) {
    from.int32();
    const errorCode = from.int16();
    from.int32();
    const topics = from.compactArray(() => {
      const topicId = from.raw(16).toString('hex');
      const partitions = from.compactArray(() => {
        const partition = {
          partition: from.int32(),
          errorCode: from.int16(),
          highWatermark: from.int64(),
          lastStableOffset: from.int64(),
          logStartOffset: from.int64(),
          abortedTransactions: from.compactArray(() => {
            const aborted = { producerId: from.bigint64(), firstOffset: from.int64() };
            from.tags();
            return aborted;
          }),
        };
        from.int32();
        const records = from.raw(Math.max(0, from.unsignedVarint() - 1));
        from.tags();
        return { ...partition, records };
      });
      from.tags();
      return { topicId, partitions };
    });
    from.tags();
    return { errorCode, topics };
  },
};
