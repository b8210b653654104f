import { IsObject, IsOptional, Matches } from 'class-validator';
import {
  AuditLoggingEnabled,
  ConsecutiveErrorsLimit,
  ConsumersEnabled,
  PollFailureSleep,
} from '../../settings/consumer-settings.js';
import { Setting } from '../../settings/setting.js';
import { BooleanSetting, NumberSetting } from '../../settings/kinds.js';
import { CaFile, CertFile, KeyFile, KeyPassphrase } from '../../settings/tls-settings.js';

const PREFIX = 'EVENT_BUS_REDIS';

/** The settings of the Redis backend. */
export class RedisSettings {
  @Setting({
    env: 'EVENT_BUS_REDIS_CONNECTION_URL',
    meaning: 'The URL of the Redis server. Required when a backend is redis.',
    allowed:
      'redis://user:password@host:port/database, or rediss:// for TLS; the password percent-encoded; parameters: db, client_name, ssl_cert_reqs, ssl_check_hostname',
    defaultText: 'none',
    secret: true,
  })
  @IsOptional()
  @Matches(/^rediss?:\/\/\S+$/)
  redisConnectionUrl?: string;

  @CaFile('EVENT_BUS_REDIS_TLS', 'the Redis server', 'with a rediss:// URL')
  redisTlsCaFile?: string;

  @CertFile('EVENT_BUS_REDIS_TLS', 'the Redis server', 'with a rediss:// URL')
  redisTlsCertFile?: string;

  @KeyFile('EVENT_BUS_REDIS_TLS')
  redisTlsKeyFile?: string;

  @KeyPassphrase('EVENT_BUS_REDIS_TLS')
  redisTlsKeyPassphrase?: string;

  @Setting({
    env: 'EVENT_BUS_REDIS_CLIENT_OPTIONS',
    meaning:
      'Options of ioredis, such as sentinels and name, or tls. With clusterNodes they are the options of a cluster.',
    allowed: 'a JSON object',
    parse: (text) => JSON.parse(text) as unknown,
    secret: true,
  })
  @IsObject()
  redisClientOptions: Readonly<Record<string, unknown>> = {};

  @ConsumersEnabled(PREFIX, 'Redis')
  redisConsumersEnabled: boolean = true;

  @NumberSetting({
    env: 'EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT',
    meaning: 'How long one read may wait for new events, in seconds. New events arrive at once whatever the value.',
    min: 0.001,
    max: 3600,
  })
  redisConsumerPollTimeout: number = 60;

  @PollFailureSleep(PREFIX)
  redisConsumerPollFailureSleep: number = 1;

  @ConsecutiveErrorsLimit(PREFIX)
  redisConsumerConsecutiveErrorsLimit?: number;

  @AuditLoggingEnabled(PREFIX)
  redisAuditLoggingEnabled: boolean = true;

  @NumberSetting({
    env: 'EVENT_BUS_REDIS_STREAM_MAX_LEN',
    meaning:
      'The approximate number of events that a stream keeps. Each publish removes older events, even those that no group has handled. Prefer EVENT_BUS_REDIS_RETENTION.',
    defaultText: 'no limit',
    isWhole: true,
    min: 1,
    max: 1_000_000_000,
  })
  redisStreamMaxLen?: number;

  @NumberSetting({
    env: 'EVENT_BUS_REDIS_RETENTION',
    meaning:
      'How long events are kept, in seconds. Events that an active group has not settled are kept longer. Publishers and consumers remove events; the shortest retention among them applies. 0 keeps all.',
    min: 0,
    max: 315_360_000,
  })
  redisRetention: number = 604_800;

  @NumberSetting({
    env: 'EVENT_BUS_REDIS_GROUP_EXPIRY',
    meaning: 'How long a group without live members still keeps its unsettled events from being removed, in seconds.',
    min: 60,
    max: 315_360_000,
  })
  redisGroupExpiry: number = 604_800;

  @BooleanSetting({
    env: 'EVENT_BUS_REDIS_EXCLUSIVE',
    meaning:
      'Whether only one member of a group consumes while the others stand by. This keeps the order of each key across members.',
  })
  redisExclusive: boolean = false;

  @NumberSetting({
    env: 'EVENT_BUS_REDIS_CLAIM_TIME',
    meaning: 'How long a member may send no heartbeat before other members take over its events, in seconds.',
    min: 0.1,
    max: 3600,
  })
  redisClaimTime: number = 30;

  @NumberSetting({
    env: 'EVENT_BUS_REDIS_CONFIRM_REPLICAS',
    meaning: 'How many replicas must have an event before its publish is confirmed.',
    isWhole: true,
    min: 0,
    max: 100,
  })
  redisConfirmReplicas: number = 0;

  @BooleanSetting({
    env: 'EVENT_BUS_REDIS_CONFIRM_ON_DISK',
    meaning:
      'Whether an event must be on the disks of the server and of those replicas before its publish is confirmed. Needs Redis 7.2 or newer.',
  })
  redisConfirmOnDisk: boolean = false;
}
