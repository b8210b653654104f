import type { Api } from './api.js';

export interface CreateTopicsRequest {
  readonly topics: readonly string[];
  readonly timeoutMs: number;
}

export interface CreateTopicsResponse {
  readonly topics: readonly {
    readonly topic: string;
    readonly errorCode: number;
    readonly errorMessage: string | null;
  }[];
}

/** Creates topics with the broker's default numbers of partitions and replicas. Send it to the controller. */
export const CREATE_TOPICS: Api<CreateTopicsRequest, CreateTopicsResponse> = {
  name: 'CreateTopics',
  key: 19,
  version: 4,
  write(to, { topics, timeoutMs }) {
    to.array(topics, (topic) =>
      to
        .string(topic)
        .int32(-1)
        .int16(-1)
        .array([], () => undefined)
        .array([], () => undefined),
    );
    to.int32(timeoutMs).boolean(false);
  },
  read(from) {
    from.int32();
    return {
      topics: from.array(() => ({
        topic: from.string(),
        errorCode: from.int16(),
        errorMessage: from.nullableString(),
      })),
    };
  },
};
