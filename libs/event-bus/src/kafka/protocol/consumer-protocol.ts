import { Reader } from './reader.js';
import { Writer } from './writer.js';

// What the members of a group of consumers tell one another in JoinGroup and SyncGroup, which brokers pass on unread. The formats are those of
// https://github.com/apache/kafka/tree/trunk/clients/src/main/resources/common/message (ConsumerProtocolSubscription, ConsumerProtocolAssignment).

/** Partitions by the names of their topics. */
export type TopicPartitions = ReadonlyMap<string, readonly number[]>;

/** What a member asks for. */
export interface MemberSubscription {
  readonly topics: readonly string[];
  readonly userData: Uint8Array;
  /** What it holds while it joins; since version 1. */
  readonly owned: TopicPartitions;
  /** The generation in which it got that; since version 2, and -1 where it is not known. */
  readonly generation: number;
}

/** Writes a subscription in a version; what the version has no place for is left out. */
export function writeSubscription(version: 0 | 3, of: MemberSubscription): Buffer {
  const to = new Writer().int16(version);
  to.array(of.topics, (topic) => to.string(topic)).bytes(of.userData);
  if (version > 0) writePartitions(to, of.owned).int32(of.generation).nullableString(null);
  return to.finish();
}

/** Reads a subscription of any version. Throws a `RangeError` when it is none. */
export function readSubscription(bytes: Buffer): MemberSubscription {
  const from = new Reader(bytes);
  const version = from.int16();
  const head = { topics: from.array(() => from.string()), userData: from.bytes() };
  const owned: TopicPartitions = version >= 1 && from.left > 0 ? readPartitions(from) : new Map();
  return { ...head, owned, generation: version >= 2 && from.left >= 4 ? from.int32() : -1 };
}

/** Writes what a member gets. */
export function writeAssignment(partitions: TopicPartitions): Buffer {
  return writePartitions(new Writer().int16(0), partitions).bytes(Buffer.alloc(0)).finish();
}

/** Reads what a member gets: nothing where the leader gave it nothing. */
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
