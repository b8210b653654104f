import { KafkaAdmin } from './admin/admin.js';
import { Cluster } from './client/cluster.js';
import { clusterOptions } from './client/cluster-options.js';
import { COOPERATIVE_STICKY } from './consume/assign/cooperative-sticky.js';
import { RANGE } from './consume/assign/range.js';
import { GroupMember } from './consume/group-member.js';
import type { KafkaOptions } from './options.js';
import type { Client } from './port.js';
import type { Codec } from './publish/batch-writer.js';
import { Producer } from './publish/producer.js';
import { unpackedBytesFor } from './records/batches.js';
import { codecNumber, compress, type Compression } from './records/compression.js';

type Optional = 'instanceId' | 'apiKey' | 'apiSecret' | 'tls' | 'sasl';

/** All options with their defaults, but those of the codec. */
type ClientOptions = Required<Omit<KafkaOptions, Optional | 'schemaRegistry'>> & Pick<KafkaOptions, Optional>;

/** Makes the {@link Client}. Nothing connects before its first use. Each part has its own connections. */
export function openClient(options: ClientOptions): Client {
  const open = () => new Cluster(clusterOptions(options));
  const maxBatchBytes = unpackedBytesFor(options.maxRecordBytes);
  const admin = new KafkaAdmin(open(), { brokers: options.brokers, maxBatchBytes });
  const sender = new Producer(open(), {
    timeoutMs: options.publishTimeoutMs,
    maxRecordBytes: options.maxRecordBytes,
    lingerMs: options.lingerMs,
    codec: codecOf(options.compression),
    ensureTopic: (topic) => admin.createTopic(topic),
  });
  const { pollMs, sessionTimeoutMs, observe, instanceId } = options;
  const assignor = options.assignment === 'range' ? RANGE : COOPERATIVE_STICKY;
  return {
    admin,
    sender,
    observe,
    begun: new Set(),
    member: (membership, listener) =>
      new GroupMember(
        open(),
        { ...membership, pollMs, sessionTimeoutMs, maxBatchBytes, observe, assignor, instanceId },
        listener,
      ),
  };
}

function codecOf(compression: Compression): Codec | undefined {
  const number = codecNumber(compression);
  return compression === 'none' ? undefined : { number, compress: (bytes) => compress(number, bytes) };
}
