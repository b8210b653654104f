import type { Api } from './api.js';

export interface InitProducerIdResponse {
  readonly errorCode: number;
  /** May exceed 2^53. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** Returns a number by which brokers recognize batches that are sent again. */
export const INIT_PRODUCER_ID: Api<Record<string, never>, InitProducerIdResponse> = {
  name: 'InitProducerId',
  key: 22,
  version: 1,
  write: (to) => to.nullableString(null).int32(60_000),
  read(from) {
    from.int32();
    return { errorCode: from.int16(), producerId: from.bigint64(), producerEpoch: from.int16() };
  },
};
