import type { TlsOptions } from '../core/tls.js';
import type { Assignment } from './consume/assign/assignor.js';
import type { Compression } from './records/compression.js';
import type { SchemaSource } from './registry/schema-source.js';
import type { Observe } from './reporter.js';
import type { KafkaSasl } from './security/credentials.js';

/** The options of {@link kafka}. */
export interface KafkaOptions {
  /** `host:port`, or `[address]:port` for IPv6; at least one. */
  readonly brokers: readonly string[];
  /** The name of this process for brokers. Default `nest-event-bus`. */
  readonly clientId?: string;
  /** With `apiSecret`: SASL PLAIN over TLS, as in Confluent Cloud. */
  readonly apiKey?: string;
  readonly apiSecret?: string;
  /** Whether to use TLS, and its options. Default: on with `apiKey`, else off. */
  readonly tls?: boolean | TlsOptions;
  /** Replaces `apiKey`. */
  readonly sasl?: KafkaSasl;
  /**
   * The `connectionTimeout`, `reauthenticationThreshold`, `sasl`, `socketFactory` and `ssl` of kafkajs's `KafkaConfig`.
   * They override all other options here. Other names are refused.
   */
  readonly client?: Readonly<Record<string, unknown>>;
  /**
   * How long a publish waits for others if none is under way, in ms. Default 0. Publishes made while a request is under
   * way share the next request anyway.
   */
  readonly lingerMs?: number;
  /** The compression for publishing. Default `none`. Consumers read all of them. */
  readonly compression?: Compression;
  /** How long a publish may take, retries included, in ms. Default 30,000. */
  readonly publishTimeoutMs?: number;
  /**
   * The largest record to publish, dead letters included, in bytes. Default 1,047,552, because brokers accept batches
   * of 1 MiB and 12 bytes by default.
   */
  readonly maxRecordBytes?: number;
  /** How long a broker may wait for records before it answers, in ms. Default 250. */
  readonly pollMs?: number;
  /** How long a member without a sign of life keeps its partitions, in ms. Default 30,000. */
  readonly sessionTimeoutMs?: number;
  /**
   * How the group divides partitions, by the names of Kafka's own clients and librdkafka. All members of a group need
   * the same. Default `range`, like Python members. With `cooperative-sticky` a rebalance stops only the partitions
   * that move.
   */
  readonly assignment?: Assignment;
  /**
   * Makes the consumer a static member of its group. If it returns with the same id within the session timeout, it gets
   * its partitions back without a rebalance. If it stops, it keeps them for that long. Each process of a group needs
   * its own id.
   */
  readonly instanceId?: string;
  /**
   * An instance of `SchemaRegistry` of `@kafkajs/confluent-schema-registry`. The codec of the bus looks schemas up by
   * id there, and in `EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL` if that fails. The bus registers schemas itself, at that
   * URL.
   */
  readonly schemaRegistry?: SchemaSource;
  /** Receives reports about brokers, topics and groups for operators. */
  readonly observe?: Observe;
}
