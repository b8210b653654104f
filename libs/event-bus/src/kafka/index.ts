export {
  clientCredentials,
  type ClientCredentialsOptions,
  type OAuthToken,
  type OAuthTokenProvider,
} from './security/client-credentials.js';
export { confluentCodec, type ConfluentCodecOptions } from './registry/confluent-codec.js';
export type { ClusterFacts, Configs, TopicFacts } from './admin/facts.js';
export { kafka, type KafkaBackend } from './kafka.js';
export type { KafkaOptions } from './options.js';
export { schemaRegistry, type SchemaRegistry, type SchemaRegistryOptions } from './registry/schema-registry.js';
export type { SchemaSource } from './registry/schema-source.js';
export type { KafkaSasl } from './security/credentials.js';
export type { Assignment } from './consume/assign/assignor.js';
export type { KafkaReport } from './reporter.js';
export { type Compression, missingFor } from './records/compression.js';
