import { Health, type HealthOptions } from '../../health/health.js';
import type { Backend } from '../../core/backend.js';
import type { BusMetrics } from '../../metrics/metrics.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';

interface Parts extends Pick<HealthOptions, 'observers' | 'reachables' | 'isStarted' | 'isStopping'> {
  readonly settings: EventBusSettings;
  readonly metrics: BusMetrics | undefined;
  readonly consumerBackend: Backend;
}

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
