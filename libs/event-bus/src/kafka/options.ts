import type { TlsOptions } from '../core/tls.js';
import type { Assignment } from './consume/assign/assignor.js';
import type { Compression } from './records/compression.js';
import type { Observe } from './reporter.js';
import type { KafkaSasl } from './security/sasl.js';

export interface KafkaOptions {
  /** `host:port`, or `[address]:port` for an address of IPv6; at least one. */
  readonly brokers: readonly string[];
  /** The name by which brokers know this process. Default `nest-event-bus`. */
  readonly clientId?: string;
  /** With `apiSecret`: SASL PLAIN over TLS, as Confluent Cloud has it. */
  readonly apiKey?: string;
  readonly apiSecret?: string;
  /** Whether TLS is spoken, and how. Default: as `apiKey` says, else not. */
  readonly tls?: boolean | TlsOptions;
  /** In place of `apiKey`. */
  readonly sasl?: KafkaSasl;
  /** Of kafkajs's `KafkaConfig`, `connectionTimeout`, `reauthenticationThreshold`, `sasl`, `socketFactory` and `ssl`, and no others; they win over everything here. */
  readonly client?: Readonly<Record<string, unknown>>;
  /** How long a publish waits for company when none is under way, in ms. Default 0: those made while another travels go together anyhow. */
  readonly lingerMs?: number;
  /** Default `none`. What is read may have any of them, whatever this says. */
  readonly compression?: Compression;
  /** How long a publish may be tried, in ms. Default 30,000. */
  readonly publishTimeoutMs?: number;
  /** The largest record to publish, dead letters included, in bytes. Default 1,047,552, as brokers take batches of 1 MiB and 12 bytes by default. */
  readonly maxRecordBytes?: number;
  /** How long a broker may wait for records before it answers, in ms. Default 250. */
  readonly pollMs?: number;
  /** How long a member that gives no sign of life keeps its partitions, in ms. Default 30,000. */
  readonly sessionTimeoutMs?: number;
  /**
   * How groups divide partitions, by the names of Kafka's own clients and librdkafka; all members of a group need the same. Default `range`, as
   * Python members have it. With `cooperative-sticky` a rebalance stops only the partitions that move.
   */
  readonly assignment?: Assignment;
  /**
   * Makes the consumer a static member of its group: one that comes back under the same name within the session timeout gets its partitions back
   * without a rebalance, and one that stops keeps them that long. No two processes of a group may have the same.
   */
  readonly instanceId?: string;
  /** Hears what an operator should know about brokers, topics and groups. */
  readonly observe?: Observe;
}
