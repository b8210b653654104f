import type { Api } from './api.js';
import type { Membership } from './heartbeat.js';

export interface OffsetCommitRequest extends Membership {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly offset: number; readonly metadata: string }[];
  }[];
}

export interface OffsetCommitResponse {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[];
  }[];
}

/** Commits offsets. For a group without members use generation -1 and no member. */
export const OFFSET_COMMIT: Api<OffsetCommitRequest, OffsetCommitResponse> = {
  name: 'OffsetCommit',
  key: 8,
  version: 7,
  write(to, { group, generation, memberId, instanceId, topics }) {
    to.string(group).int32(generation).string(memberId).nullableString(instanceId);
    to.array(topics, ({ topic, partitions }) =>
      to
        .string(topic)
        .array(partitions, ({ partition, offset, metadata }) =>
          to.int32(partition).int64(offset).int32(-1).nullableString(metadata),
        ),
    );
  },
  read(from) {
    from.int32();
    return {
      topics: from.array(() => ({
        topic: from.string(),
        partitions: from.array(() => ({ partition: from.int32(), errorCode: from.int16() })),
      })),
    };
  },
};
