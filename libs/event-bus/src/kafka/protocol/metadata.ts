import type { Api } from './api.js';

export interface MetadataRequest {
  /** The requested topics; `[]` returns only brokers, `null` all topics that the user may see. */
  readonly topics: readonly string[] | null;
  /** Whether to ask for the rights of the user on the topics. Default `false`. */
  readonly withRights?: boolean;
}

export interface MetadataResponse {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly clusterId: string | null;
  readonly controllerId: number;
  readonly topics: readonly {
    readonly errorCode: number;
    readonly name: string;
    /** Whether the brokers keep their own data in it. */
    readonly isInternal: boolean;
    /** 16 bytes in hex. A topic that is created again under the same name has another id. */
    readonly topicId: string;
    /** Bit n stands for operation n of the ACLs, if the request asked for rights. */
    readonly rights: number;
    readonly partitions: readonly {
      readonly errorCode: number;
      readonly partition: number;
      /** -1 if the partition has no leader. */
      readonly leader: number;
      readonly leaderEpoch: number;
      readonly replicas: readonly number[];
      readonly inSync: readonly number[];
    }[];
  }[];
}

const NO_ID = Buffer.alloc(16);

/** Returns brokers, and the leaders of topics. Never creates a topic. */
export const METADATA: Api<MetadataRequest, MetadataResponse> = {
  name: 'Metadata',
  key: 3,
  version: 12,
  isFlexible: true,
  write(to, { topics, withRights = false }) {
    to.compactArray(topics, (topic) => to.raw(NO_ID).compactString(topic).noTags());
    // Does not create topics.
    to.boolean(false).boolean(withRights).noTags();
  },
  read(from) {
    from.int32();
    const brokers = from.compactArray(() => {
      const broker = { nodeId: from.int32(), host: from.compactString(), port: from.int32() };
      from.compactNullableString();
      from.tags();
      return broker;
    });
    const clusterId = from.compactNullableString();
    const controllerId = from.int32();
    const topics = from.compactArray(() => {
      const errorCode = from.int16();
      const name = from.compactString();
      const topicId = from.raw(16).toString('hex');
      const isInternal = from.boolean();
      const partitions = from.compactArray(() => {
        const partition = {
          errorCode: from.int16(),
          partition: from.int32(),
          leader: from.int32(),
          leaderEpoch: from.int32(),
          replicas: from.compactArray(() => from.int32()),
          inSync: from.compactArray(() => from.int32()),
        };
        from.compactArray(() => from.int32());
        from.tags();
        return partition;
      });
      const rights = from.int32();
      from.tags();
      return { errorCode, name, isInternal, topicId, partitions, rights };
    });
    from.tags();
    return { brokers, clusterId, controllerId, topics };
  },
};
