import { ArrayNotEmpty, IsIn, IsObject, IsOptional, IsString, Matches } from 'class-validator';
import { BROKER_ADDRESS, BROKER_ADDRESSES } from '../broker-address.js';
import type { Assignment, Compression } from '../index.js';
import { KafkaSecuritySettings } from './security-settings.js';
import {
  AuditLoggingEnabled,
  ConsecutiveErrorsLimit,
  ConsumersEnabled,
  PollFailureSleep,
} from '../../settings/consumer-settings.js';
import { Setting } from '../../settings/setting.js';
import { NumberSetting } from '../../settings/kinds.js';

const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const satisfies readonly Compression[];

const ASSIGNMENTS = ['range', 'cooperative-sticky'] as const satisfies readonly Assignment[];

const PREFIX = 'EVENT_BUS_KAFKA';

/** The settings of the Kafka backend. */
export class KafkaSettings extends KafkaSecuritySettings {
  @Setting({
    env: 'EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS',
    meaning: 'The Kafka brokers to connect to first. Required when a backend is kafka.',
    allowed: `${BROKER_ADDRESSES}; several separated by commas. EVENT_BUS_KAFKA_SECURITY_PROTOCOL sets TLS and SASL`,
    defaultText: 'none',
    parse: (text) =>
      text
        .split(',')
        .map((broker) => broker.trim())
        .filter((broker) => broker !== ''),
  })
  @IsOptional()
  @ArrayNotEmpty()
  @Matches(BROKER_ADDRESS, { each: true })
  kafkaBootstrapServers?: readonly string[];

  @Setting({
    env: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL',
    meaning: 'The URL of the schema registry, base path included. Required when a backend is kafka.',
    allowed: 'http:// or https://',
    defaultText: 'none',
    secret: true,
  })
  @IsOptional()
  @Matches(/^https?:\/\/\S+$/)
  kafkaSchemaRegistryUrl?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_KEY',
    meaning: 'The user name for the schema registry.',
    allowed: 'a text',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  kafkaSchemaRegistryApiKey?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_SECRET',
    meaning: 'The password for the schema registry.',
    allowed: 'a text',
    defaultText: 'none',
    secret: true,
  })
  @IsOptional()
  @IsString()
  kafkaSchemaRegistryApiSecret?: string;

  @Setting({
    env: 'EVENT_BUS_KAFKA_CLIENT_OPTIONS',
    meaning:
      'Options of kafkajs for connections: connectionTimeout, reauthenticationThreshold, ssl, sasl. They override the settings of the same meaning. Other options are refused.',
    allowed: 'a JSON object',
    parse: (text) => JSON.parse(text) as unknown,
    secret: true,
  })
  @IsObject()
  kafkaClientOptions: Readonly<Record<string, unknown>> = {};

  @NumberSetting({
    env: 'EVENT_BUS_KAFKA_LINGER',
    meaning:
      'How long a publish waits for others to share its request, in seconds. Publishes made while a request is in flight share the next one in any case.',
    min: 0,
    max: 60,
  })
  kafkaLinger: number = 0;

  @Setting({
    env: 'EVENT_BUS_KAFKA_COMPRESSION',
    meaning: 'How published records are compressed. Consumers read all compressions, whatever is set here.',
    allowed: COMPRESSIONS.join(', '),
  })
  @IsIn(COMPRESSIONS)
  kafkaCompression: Compression = 'none';

  @NumberSetting({
    env: 'EVENT_BUS_KAFKA_MAX_RECORD_BYTES',
    meaning:
      'The largest record to publish, dead letters included, in bytes. Set it to at most max.message.bytes of the topics minus 1 KiB.',
    isWhole: true,
    min: 1_000,
    max: 100_000_000,
  })
  kafkaMaxRecordBytes: number = 1_047_552;

  @NumberSetting({
    env: 'EVENT_BUS_KAFKA_SESSION_TIMEOUT',
    meaning: 'How long a member may send no heartbeat before it loses its partitions, in seconds.',
    min: 1,
    max: 3600,
    limit: 'within what the brokers allow',
  })
  kafkaSessionTimeout: number = 30;

  @Setting({
    env: 'EVENT_BUS_KAFKA_ASSIGNMENT',
    meaning:
      'How a group assigns partitions. All members of a group need the same; Python members use range. With cooperative-sticky a rebalance stops only the partitions that move.',
    allowed: ASSIGNMENTS.join(', '),
  })
  @IsIn(ASSIGNMENTS)
  kafkaAssignment: Assignment = 'range';

  @Setting({
    env: 'EVENT_BUS_KAFKA_INSTANCE_ID',
    meaning:
      'Makes the consumer a static member: when it restarts within the session timeout, it gets its partitions back without a rebalance. Each process of a group needs its own.',
    allowed: 'up to 249 letters, digits, dots, underscores and hyphens',
    defaultText: 'none',
  })
  @IsOptional()
  @Matches(/^[\w.-]{1,249}$/)
  kafkaInstanceId?: string;

  @ConsumersEnabled(PREFIX, 'Kafka')
  kafkaConsumersEnabled: boolean = true;

  @NumberSetting({
    env: 'EVENT_BUS_KAFKA_CONSUMER_POLL_TIMEOUT',
    meaning: 'How long a broker may wait for events before it answers a fetch, in seconds.',
    min: 0.001,
    max: 60,
    limit: 'at most EVENT_BUS_KAFKA_SESSION_TIMEOUT',
  })
  kafkaConsumerPollTimeout: number = 0.25;

  @PollFailureSleep(PREFIX)
  kafkaConsumerPollFailureSleep: number = 1;

  @ConsecutiveErrorsLimit(PREFIX)
  kafkaConsumerConsecutiveErrorsLimit?: number;

  @AuditLoggingEnabled(PREFIX)
  kafkaAuditLoggingEnabled: boolean = true;
}
