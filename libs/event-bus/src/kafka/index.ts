export {
  clientCredentials,
  type ClientCredentialsOptions,
  type OAuthToken,
  type OAuthTokenProvider,
} from './client-credentials.js';
export { confluentCodec, type ConfluentCodecOptions } from './confluent-codec.js';
export { type Compression, kafka, type KafkaOptions } from './kafka.js';
export { schemaRegistry, type SchemaRegistry, type SchemaRegistryOptions } from './schema-registry.js';
export type { KafkaSasl } from './sasl.js';
