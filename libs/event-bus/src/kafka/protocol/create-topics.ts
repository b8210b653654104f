import type { Api } from './api.js';

/** A topic to create. The broker's defaults apply to what is not given. */
export interface NewTopic {
  readonly topic: string;
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly configs?: readonly (readonly [name: string, value: string])[];
}

export interface CreateTopicsRequest {
  readonly topics: readonly NewTopic[];
  readonly timeoutMs: number;
}

export interface CreateTopicsResponse {
  readonly topics: readonly {
    readonly topic: string;
    readonly errorCode: number;
    readonly errorMessage: string | null;
  }[];
}

/** Creates topics. Send it to the controller. */
export const CREATE_TOPICS: Api<CreateTopicsRequest, CreateTopicsResponse> = {
  name: 'CreateTopics',
  key: 19,
  version: 4,
  write(to, { topics, timeoutMs }) {
    to.array(topics, ({ topic, partitions = -1, replicationFactor = -1, configs = [] }) =>
      to
        .string(topic)
        .int32(partitions)
        .int16(replicationFactor)
        .array([], () => undefined)
        .array(configs, ([name, value]) => to.string(name).string(value)),
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
