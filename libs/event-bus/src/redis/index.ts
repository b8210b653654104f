export { redisCodec, type RedisCodecOptions, SCHEMA_HEADER } from './records/codec.js';
export type { RedisOptions } from './options.js';
export type { Confirmation } from './publish/publishing.js';
export type { ServerFacts } from './admin/inspect.js';
export { redis, type RedisBackend } from './redis.js';
export type { RedisReport } from './reporter.js';
export type { SchemaStore } from './records/schema-store.js';
