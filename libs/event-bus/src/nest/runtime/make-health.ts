import { Health, type HealthOptions } from '../../health/health.js';
import type { EventBusRuntime } from './runtime.js';

type Parts = Pick<EventBusRuntime, 'settings' | 'observers' | 'metrics' | 'consumerBackend'> &
  Pick<HealthOptions, 'reachables' | 'isStarted' | 'isStopping'>;

/** Makes the health of a bus. Its metrics count the stuck handlers from now on. */
export function makeHealth({ settings, metrics, consumerBackend, ...rest }: Parts): Health {
  const health = new Health({
    ...rest,
    stuckAfterMs: settings.healthStuckAfter * 1000,
    standsBy: consumerBackend.name === 'redis' && settings.redisExclusive,
  });
  metrics?.watchStuck(() => health.stuck());
  return health;
}
