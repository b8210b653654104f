// Loaded by the contract and by the processes that it starts.
import { redis } from 'nest-event-bus/redis';

/** @param {import('nest-event-bus/redis').RedisOptions} options */
export function createBackend(options) {
  return redis(options);
}
