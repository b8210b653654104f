import { bareCodec } from '../avro/index.js';
import type { Backend } from '../core/backend.js';
import type { RecordCodec } from '../core/codec.js';
import type { EventDefinition } from '../core/event.js';
import { SettingsError } from '../core/errors.js';
import type { Observer } from '../core/notice.js';
import type { EmbeddedOptions } from '../embedded/index.js';
import type { clientCredentials, KafkaOptions, KafkaSasl } from '../kafka/index.js';
import type { RedisBackend, RedisOptions } from '../redis/index.js';
import type { BackendName } from './backend-name.js';
import { kafkaSecurity } from './kafka-security.js';
import { redisSecurity } from './redis-security.js';
import type { EventBusSettings } from './settings.js';

/** What the settings of every backend have in common, by whatever names. */
export interface BackendSettings {
  readonly consumersEnabled: boolean;
  readonly pollFailureSleepMs: number;
  readonly consecutiveErrorsLimit: number | undefined;
  readonly auditLoggingEnabled: boolean;
}

interface BackendKind {
  /** Loads the client only now: who does not use it need not have it. */
  open(settings: EventBusSettings, observe: Observer): Promise<Backend>;
  /** The codec of this broker's users; `backend` is what `open` gave, or one of the same kind that the application made. */
  codec(definitions: readonly EventDefinition[], backend: Backend, settings: EventBusSettings): Promise<RecordCodec>;
  settings(settings: EventBusSettings): BackendSettings;
}

/** The backends that settings can name. */
export const BACKENDS: Readonly<Record<BackendName, BackendKind>> = {
  embedded: {
    async open(settings, observe) {
      const { embedded } = await import('../embedded/index.js');
      return embedded(embeddedOptions(settings, observe));
    },
    codec: (definitions) => Promise.resolve(bareCodec({ definitions })),
    settings: (settings) => ({
      consumersEnabled: settings.embeddedConsumersEnabled,
      pollFailureSleepMs: settings.embeddedConsumerPollFailureSleep * 1000,
      consecutiveErrorsLimit: settings.embeddedConsumerConsecutiveErrorsLimit,
      auditLoggingEnabled: settings.embeddedAuditLoggingEnabled,
    }),
  },
  redis: {
    async open(settings, observe) {
      const { redis } = await loadRedis();
      return redis(redisOptions(settings, observe));
    },
    async codec(definitions, backend) {
      const { redisCodec } = await loadRedis();
      const { schemas } = backend as Partial<RedisBackend>;
      return redisCodec({ definitions, ...(schemas === undefined ? {} : { schemas }) });
    },
    settings: (settings) => ({
      consumersEnabled: settings.redisConsumersEnabled,
      pollFailureSleepMs: settings.redisConsumerPollFailureSleep * 1000,
      consecutiveErrorsLimit: settings.redisConsumerConsecutiveErrorsLimit,
      auditLoggingEnabled: settings.redisAuditLoggingEnabled,
    }),
  },
  kafka: {
    async open(settings, observe) {
      const { kafka, clientCredentials, missingFor } = await loadKafka();
      const missing = await missingFor(settings.kafkaCompression);
      if (missing !== undefined) throw new SettingsError(`Wrong settings:\n  EVENT_BUS_KAFKA_COMPRESSION: ${missing}`);
      return kafka(kafkaOptions(settings, clientCredentials, observe));
    },
    async codec(definitions, _, settings) {
      const { confluentCodec, schemaRegistry } = await loadKafka();
      const { kafkaSchemaRegistryUrl: url, kafkaSchemaRegistryApiKey, kafkaSchemaRegistryApiSecret } = settings;
      if (url === undefined)
        throw new SettingsError('Wrong settings:\n  EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: got nothing; Kafka needs it.');
      const { registryTls } = kafkaSecurity(settings);
      const registry = schemaRegistry({
        url,
        timeoutMs: settings.publishTimeout * 1000,
        ...(registryTls === undefined ? {} : { tls: registryTls }),
        ...(kafkaSchemaRegistryApiKey === undefined ? {} : { apiKey: kafkaSchemaRegistryApiKey }),
        ...(kafkaSchemaRegistryApiSecret === undefined ? {} : { apiSecret: kafkaSchemaRegistryApiSecret }),
      });
      return confluentCodec({ definitions, registry });
    },
    settings: (settings) => ({
      consumersEnabled: settings.kafkaConsumersEnabled,
      pollFailureSleepMs: settings.kafkaConsumerPollFailureSleep * 1000,
      consecutiveErrorsLimit: settings.kafkaConsumerConsecutiveErrorsLimit,
      auditLoggingEnabled: settings.kafkaAuditLoggingEnabled,
    }),
  },
};

function embeddedOptions(settings: EventBusSettings, observe: Observer): EmbeddedOptions {
  const { embeddedRetention, embeddedRetentionBytes: retentionBytes, deadLetterRetention } = settings;
  return {
    path: settings.embeddedPath,
    allowNetworkDrive: settings.embeddedAllowNetworkDrive,
    pollMs: settings.embeddedConsumerPollTimeout * 1000,
    groupExpiryMs: settings.embeddedGroupExpiry * 1000,
    ...(embeddedRetention === 0 ? {} : { retentionMs: embeddedRetention * 1000 }),
    ...(deadLetterRetention === 0 ? {} : { deadLetterRetentionMs: deadLetterRetention * 1000 }),
    ...(retentionBytes === undefined ? {} : { retentionBytes }),
    observe: (report) => observe({ kind: 'backend-report', ...report }),
  };
}

function redisOptions(settings: EventBusSettings, observe: Observer): RedisOptions {
  const { redisConfirmReplicas: replicas, redisConfirmOnDisk: onDisk, redisStreamMaxLen, redisRetention } = settings;
  const { tls } = redisSecurity(settings);
  const { deadLetterRetention } = settings;
  return {
    url: settings.redisConnectionUrl ?? '',
    ...(tls === undefined ? {} : { tls }),
    client: settings.redisClientOptions,
    claimMs: settings.redisClaimTime * 1000,
    pollTimeoutMs: settings.redisConsumerPollTimeout * 1000,
    isExclusive: settings.redisExclusive,
    groupExpiryMs: settings.redisGroupExpiry * 1000,
    ...(redisStreamMaxLen === undefined ? {} : { streamMaxLen: redisStreamMaxLen }),
    ...(redisRetention === 0 ? {} : { retentionMs: redisRetention * 1000 }),
    ...(deadLetterRetention === 0 ? {} : { deadLetterRetentionMs: deadLetterRetention * 1000 }),
    ...(replicas > 0 || onDisk
      ? { confirmation: { replicas, onDisk, withinMs: Math.min(5_000, settings.publishTimeout * 1000) } }
      : {}),
    observe: (report) => observe({ kind: 'backend-report', ...report }),
  };
}

/** Loads a backend; `client` is the package that whoever uses it has to install. */
async function load<Module>(name: BackendName, client: string, module: () => Promise<Module>): Promise<Module> {
  try {
    return await module();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')
      throw new SettingsError(`The backend ${name} needs the package ${client}: npm install ${client}`, { cause });
    throw cause;
  }
}

const loadKafka = () => load('kafka', 'kafkajs', () => import('../kafka/index.js'));
const loadRedis = () => load('redis', 'ioredis', () => import('../redis/index.js'));

function kafkaOptions(settings: EventBusSettings, tokens: typeof clientCredentials, observe: Observer): KafkaOptions {
  const { serviceName: clientId, kafkaInstanceId: instanceId } = settings;
  const { protocol, tls } = kafkaSecurity(settings);
  const sasl = kafkaSasl(settings, tokens);
  return {
    brokers: settings.kafkaBootstrapServers ?? [],
    client: settings.kafkaClientOptions,
    lingerMs: settings.kafkaLinger * 1000,
    compression: settings.kafkaCompression,
    publishTimeoutMs: settings.publishTimeout * 1000,
    maxRecordBytes: settings.kafkaMaxRecordBytes,
    pollMs: settings.kafkaConsumerPollTimeout * 1000,
    sessionTimeoutMs: settings.kafkaSessionTimeout * 1000,
    assignment: settings.kafkaAssignment,
    ...(instanceId === undefined ? {} : { instanceId }),
    observe: (report) => observe({ kind: 'backend-report', ...report }),
    tls: protocol.endsWith('SSL') && (tls ?? true),
    ...(clientId === undefined ? {} : { clientId }),
    ...(sasl === undefined ? {} : { sasl }),
  };
}

function kafkaSasl(settings: EventBusSettings, tokens: typeof clientCredentials): KafkaSasl | undefined {
  const { mechanism, oauthTls } = kafkaSecurity(settings);
  const { kafkaApiKey: username = '', kafkaApiSecret: password = '' } = settings;
  if (mechanism === undefined) return undefined;
  if (mechanism !== 'OAUTHBEARER') return { mechanism, username, password };
  const { kafkaOauthScope: scope, kafkaOauthExtensions: extensions } = settings;
  const token = tokens({
    url: settings.kafkaOauthTokenUrl ?? '',
    clientId: settings.kafkaOauthClientId ?? '',
    clientSecret: settings.kafkaOauthClientSecret ?? '',
    ...(scope === undefined ? {} : { scope }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(oauthTls === undefined ? {} : { tls: oauthTls }),
  });
  return { mechanism, token };
}
