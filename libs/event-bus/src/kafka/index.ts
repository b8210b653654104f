export { confluentCodec, type ConfluentCodecOptions } from './confluent-codec.js';
export { type Compression, kafka, type KafkaOptions } from './kafka.js';
export { schemaRegistry, type SchemaRegistry, type SchemaRegistryOptions } from './schema-registry.js';
