import { placeOf } from '../../redis/client/url.js';
import type { ConsumerPlan } from './consumer-plan.js';
import { redisServers } from './redis-servers.js';
import { defined, type Scaling } from './trigger.js';

const PASSWORD = 'KEDA_REDIS_PASSWORD';
const SENTINEL_PASSWORD = 'KEDA_REDIS_SENTINEL_PASSWORD';

/** Returns KEDA's triggers for a group on Redis Streams. */
export function redisScaling(plan: ConsumerPlan): Scaling {
  const { settings, lag, activationLag } = plan;
  const { redisConnectionUrl, redisTlsCaFile, redisTlsCertFile, redisTlsKeyFile, redisTlsKeyPassphrase } = settings;
  const { isTls, checks } = placeOf(redisConnectionUrl ?? '');
  const servers = redisServers(settings);
  const key = (name: string, value: unknown) => (value === undefined ? undefined : name);
  const where = defined({
    ...servers.metadata,
    stream: `${servers.keyPrefix}${plan.fullTopic}`,
    consumerGroup: plan.group,
    enableTLS: `${isTls || servers.hasTlsOptions}`,
    unsafeSsl: checks.certificate ? undefined : 'true',
  });
  // The entries in hand of running members are pending too. With a lower target they would add members for ever.
  const pending = Math.max(lag, settings.maxInFlight);
  return {
    comment: `Two triggers: the lag has no events that a stopped member had taken and not settled. They are pending.
With the lag alone, they would not wake a consumer that has no pods. The larger figure decides.`,
    type: servers.type,
    triggers: [
      { ...where, lagCount: `${lag}`, activationLagCount: `${activationLag}` },
      { ...where, pendingEntriesCount: `${pending}` },
    ],
    authentication: {
      variables: {},
      secrets: defined({
        password: servers.hasPassword ? PASSWORD : undefined,
        sentinelPassword: servers.hasSentinelPassword ? SENTINEL_PASSWORD : undefined,
        ca: key('EVENT_BUS_REDIS_TLS_CA_FILE', redisTlsCaFile),
        cert: key('EVENT_BUS_REDIS_TLS_CERT_FILE', redisTlsCertFile),
        key: key('EVENT_BUS_REDIS_TLS_KEY_FILE', redisTlsKeyFile),
        keyPassword: key('EVENT_BUS_REDIS_TLS_KEY_PASSPHRASE', redisTlsKeyPassphrase),
      }),
      extraKeys: {
        ...(servers.hasPassword ? { [PASSWORD]: 'the password of the Redis server, not percent-encoded' } : {}),
        ...(servers.hasSentinelPassword ? { [SENTINEL_PASSWORD]: 'the password of the Sentinels' } : {}),
      },
    },
    warnings: servers.hasTlsOptions
      ? ['KEDA does not know tls of EVENT_BUS_REDIS_CLIENT_OPTIONS: complete the TriggerAuthentication yourself.']
      : [],
  };
}
