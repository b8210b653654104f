import type { Observer } from '../../core/notices/notice.js';
import { type BackendUnit, loadBackend } from '../../settings/backend-unit.js';
import type { BusSettings } from '../../settings/bus-settings.js';
import type { RedisBackend, RedisOptions } from '../index.js';
import { redisFindings } from './findings.js';
import { redisSecurity } from './security.js';
import { RedisSettings } from './settings.js';

const load = () => loadBackend('redis', 'ioredis', () => import('../index.js'));

/** The Redis backend as a unit of the settings. */
export const redisUnit: BackendUnit<RedisSettings> = {
  name: 'redis',
  Settings: RedisSettings,
  required: ['redisConnectionUrl'],
  problems: (settings) => redisSecurity(settings).problems,
  clients: ['ioredis'],
  inspect: async (backend, settings, topics) =>
    redisFindings(await (backend as RedisBackend).inspect(topics.map(({ topic }) => topic)), settings),
  async open(settings, observe) {
    const { redis } = await load();
    return redis(optionsOf(settings, observe));
  },
  async codec(definitions, backend) {
    const { redisCodec } = await load();
    const { schemas } = backend as Partial<RedisBackend>;
    return redisCodec({ definitions, ...(schemas === undefined ? {} : { schemas }) });
  },
};

function optionsOf(settings: BusSettings & RedisSettings, observe: Observer): RedisOptions {
  const { redisConfirmReplicas: replicas, redisConfirmOnDisk: onDisk, redisStreamMaxLen, redisRetention } = settings;
  const { tls } = redisSecurity(settings);
  const { deadLetterRetention } = settings;
  return {
    url: settings.redisConnectionUrl ?? '',
    ...(tls === undefined ? {} : { tls }),
    client: settings.redisClientOptions,
    claimMs: settings.redisClaimTime * 1000,
    pollTimeoutMs: settings.redisConsumerPollTimeout * 1000,
    isExclusive: settings.redisExclusive,
    groupExpiryMs: settings.redisGroupExpiry * 1000,
    ...(redisStreamMaxLen === undefined ? {} : { streamMaxLen: redisStreamMaxLen }),
    ...(redisRetention === 0 ? {} : { retentionMs: redisRetention * 1000 }),
    ...(deadLetterRetention === 0 ? {} : { deadLetterRetentionMs: deadLetterRetention * 1000 }),
    ...(replicas > 0 || onDisk
      ? { confirmation: { replicas, onDisk, withinMs: Math.min(5_000, settings.publishTimeout * 1000) } }
      : {}),
    observe: (report) => observe({ kind: 'backend-report', ...report }),
  };
}
