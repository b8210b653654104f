import { Reader } from './reader.js';
import { Writer } from './writer.js';

// The messages that members of a consumer group exchange in JoinGroup and SyncGroup. Brokers do not read them. The
// formats are ConsumerProtocolSubscription and ConsumerProtocolAssignment of
// https://github.com/apache/kafka/tree/trunk/clients/src/main/resources/common/message

/** Partitions by topic name. */
export type TopicPartitions = ReadonlyMap<string, readonly number[]>;

/** The subscription of a member. */
export interface MemberSubscription {
  readonly topics: readonly string[];
  readonly userData: Uint8Array;
  /** The partitions that it holds while it joins; since version 1. */
  readonly owned: TopicPartitions;
  /** The generation in which it got them; since version 2, -1 if unknown. */
  readonly generation: number;
}

/** Writes a subscription in a version. Omits fields that the version does not have. */
export function writeSubscription(version: 0 | 3, of: MemberSubscription): Buffer {
  const to = new Writer().int16(version);
  to.array(of.topics, (topic) => to.string(topic)).bytes(of.userData);
  if (version > 0) writePartitions(to, of.owned).int32(of.generation).nullableString(null);
  return to.finish();
}

/** Reads a subscription of any version. Throws a `RangeError` if the bytes are not one. */
export function readSubscription(bytes: Buffer): MemberSubscription {
  const from = new Reader(bytes);
  const version = from.int16();
  const head = { topics: from.array(() => from.string()), userData: from.bytes() };
  const owned: TopicPartitions = version >= 1 && from.left > 0 ? readPartitions(from) : new Map();
  return { ...head, owned, generation: version >= 2 && from.left >= 4 ? from.int32() : -1 };
}

/** Writes an assignment. */
export function writeAssignment(partitions: TopicPartitions): Buffer {
  return writePartitions(new Writer().int16(0), partitions).bytes(Buffer.alloc(0)).finish();
}

/** Reads an assignment; empty if the leader assigned nothing. */
export function readAssignment(bytes: Buffer): TopicPartitions {
  if (bytes.length === 0) return new Map();
  const from = new Reader(bytes);
  from.int16();
  return readPartitions(from);
}

function writePartitions(to: Writer, partitions: TopicPartitions): Writer {
  return to.array([...partitions], ([topic, numbers]) =>
    to.string(topic).array(numbers, (partition) => to.int32(partition)),
  );
}

function readPartitions(from: Reader): TopicPartitions {
  return new Map(from.array(() => [from.string(), from.array(() => from.int32())] as const));
}
