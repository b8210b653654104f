export { CACHE } from './cache.mjs';
export { certificates } from './certificates.mjs';
export { kafka, prepareKafka, prepareSecuredKafka } from './kafka.mjs';
export { postgres, preparePostgres } from './postgres.mjs';
export { promtool } from './promtool.mjs';
export { prepareRedis, redis } from './redis.mjs';
export { prepareRegistry, registry } from './registry.mjs';
export { prepareRedisCluster, redisCluster } from './redis-cluster.mjs';
export { redisWithReplica } from './redis-sentinel.mjs';
