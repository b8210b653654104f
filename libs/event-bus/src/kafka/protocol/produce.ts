import type { Api } from './api.js';

export interface ProduceRequest {
  /** How long the leader waits for its replicas, in ms. */
  readonly timeoutMs: number;
  readonly topics: readonly {
    readonly topic: string;
    /** One batch per partition. */
    readonly partitions: readonly { readonly partition: number; readonly batch: Uint8Array }[];
  }[];
}

export interface ProduceResponse {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly ProducedPartition[] }[];
  readonly throttleMs: number;
}

export interface ProducedPartition {
  readonly partition: number;
  readonly errorCode: number;
  /** The offset of the first record of the batch; -1 if the broker does not say. */
  readonly baseOffset: number;
  readonly logStartOffset: number;
  /** The refused records by their index in the batch; mostly empty. */
  readonly recordErrors: readonly { readonly index: number; readonly message: string | null }[];
  readonly errorMessage: string | null;
}

const ALL_IN_SYNC = -1;

/** Stores batches. The answer comes when all in-sync replicas have them. */
export const PRODUCE: Api<ProduceRequest, ProduceResponse> = {
  name: 'Produce',
  key: 0,
  version: 8,
  write(to, { timeoutMs, topics }) {
    to.nullableString(null).int16(ALL_IN_SYNC).int32(timeoutMs);
    to.array(topics, ({ topic, partitions }) =>
      to.string(topic).array(partitions, ({ partition, batch }) => to.int32(partition).bytes(batch)),
    );
  },
  read(from) {
    const topics = from.array(() => ({
      topic: from.string(),
      partitions: from.array(() => {
        const head = { partition: from.int32(), errorCode: from.int16(), baseOffset: from.int64() };
        // The append time, which brokers send only if the topic uses it.
        from.int64();
        return {
          ...head,
          logStartOffset: from.int64(),
          recordErrors: from.array(() => ({ index: from.int32(), message: from.nullableString() })),
          errorMessage: from.nullableString(),
        };
      }),
    }));
    return { topics, throttleMs: from.int32() };
  },
};
