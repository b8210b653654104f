import type { Api } from './api.js';

export interface DescribeConfigsRequest {
  readonly resources: readonly {
    readonly type: number;
    /** The topic, or the number of the broker as a text. */
    readonly name: string;
    /** Returns only these settings. */
    readonly keys: readonly string[];
  }[];
}

export interface DescribeConfigsResponse {
  readonly results: readonly {
    readonly errorCode: number;
    readonly name: string;
    readonly configs: ReadonlyMap<string, string | null>;
  }[];
}

export const TOPIC_RESOURCE = 2;
export const BROKER_RESOURCE = 4;

/** Returns settings of a topic or a broker. Send requests about a broker to that broker. */
export const DESCRIBE_CONFIGS: Api<DescribeConfigsRequest, DescribeConfigsResponse> = {
  name: 'DescribeConfigs',
  key: 32,
  version: 2,
  write(to, { resources }) {
    to.array(resources, ({ type, name, keys }) =>
      to
        .int8(type)
        .string(name)
        .array(keys, (key) => to.string(key)),
    );
    to.boolean(false);
  },
  read(from) {
    from.int32();
    return {
      results: from.array(() => {
        const errorCode = from.int16();
        from.nullableString();
        from.int8();
        const name = from.string();
        const configs = from.array(() => {
          const config = [from.string(), from.nullableString()] as const;
          // Four fields follow: read-only, source, secret, synonyms.
          from.boolean();
          from.int8();
          from.boolean();
          from.array(() => [from.string(), from.nullableString(), from.int8()]);
          return config;
        });
        return { errorCode, name, configs: new Map(configs) };
      }),
    };
  },
};
