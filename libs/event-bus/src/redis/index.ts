export { redisCodec, type RedisCodecOptions, SCHEMA_HEADER } from './codec.js';
export type { RedisOptions } from './options.js';
export type { Confirmation } from './publishing.js';
export { redis, type RedisBackend } from './redis.js';
export type { RedisReport } from './reporter.js';
export type { SchemaStore } from './schema-store.js';
