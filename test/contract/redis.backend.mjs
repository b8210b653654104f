// The contract and the processes that it starts load this file.
import { redis } from 'nest-event-bus/redis';

/** @param {import('nest-event-bus/redis').RedisOptions} options */
export function createBackend(options) {
  return redis(options);
}
