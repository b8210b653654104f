import {
  IsBoolean,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  MinLength,
} from 'class-validator';
import {
  AuditLoggingEnabled,
  ConsecutiveErrorsLimit,
  ConsumersEnabled,
  PollFailureSleep,
} from '../../settings/consumer-settings.js';
import { parseBoolean, parseNumber, Setting } from '../../settings/setting.js';

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

  @Setting({
    env: 'EVENT_BUS_REDIS_TLS_CA_FILE',
    meaning: 'The certificate authorities that are trusted for the Redis server.',
    allowed: 'a file with certificates in PEM, with a rediss:// URL',
    defaultText: 'those that Node trusts',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  redisTlsCaFile?: string;

  @Setting({
    env: 'EVENT_BUS_REDIS_TLS_CERT_FILE',
    meaning: 'The client certificate for the Redis server. Needs EVENT_BUS_REDIS_TLS_KEY_FILE.',
    allowed: 'a file with certificates in PEM, ours first, with a rediss:// URL',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  redisTlsCertFile?: string;

  @Setting({
    env: 'EVENT_BUS_REDIS_TLS_KEY_FILE',
    meaning: 'The private key of the client certificate.',
    allowed: 'a file with a private key in PEM',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  redisTlsKeyFile?: string;

  @Setting({
    env: 'EVENT_BUS_REDIS_TLS_KEY_PASSPHRASE',
    meaning: 'The passphrase of the private key, if it is encrypted.',
    allowed: 'a text',
    defaultText: 'none',
    secret: true,
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
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

  @Setting({
    env: 'EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT',
    meaning: 'How long one read may wait for new events, in seconds. New events arrive at once whatever the value.',
    allowed: 'a number from 0.001 to 3600',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(0.001)
  @Max(3600)
  redisConsumerPollTimeout: number = 60;

  @PollFailureSleep(PREFIX)
  redisConsumerPollFailureSleep: number = 1;

  @ConsecutiveErrorsLimit(PREFIX)
  redisConsumerConsecutiveErrorsLimit?: number;

  @AuditLoggingEnabled(PREFIX)
  redisAuditLoggingEnabled: boolean = true;

  @Setting({
    env: 'EVENT_BUS_REDIS_STREAM_MAX_LEN',
    meaning:
      'About how many events a stream keeps. Each publish removes older events, even those that no group has handled. Prefer EVENT_BUS_REDIS_RETENTION.',
    allowed: 'a whole number from 1 to 1000000000',
    defaultText: 'no limit',
    parse: parseNumber,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  redisStreamMaxLen?: number;

  @Setting({
    env: 'EVENT_BUS_REDIS_RETENTION',
    meaning:
      'How long events are kept, in seconds. Events that an active group has not settled are kept longer. Publishers and consumers remove events; the shortest retention among them applies. 0 keeps all.',
    allowed: 'a number from 0 to 315360000',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(0)
  @Max(315_360_000)
  redisRetention: number = 604_800;

  @Setting({
    env: 'EVENT_BUS_REDIS_GROUP_EXPIRY',
    meaning: 'After how long without a live member a group no longer keeps events from being removed, in seconds.',
    allowed: 'a number from 60 to 315360000',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(60)
  @Max(315_360_000)
  redisGroupExpiry: number = 604_800;

  @Setting({
    env: 'EVENT_BUS_REDIS_EXCLUSIVE',
    meaning:
      'Whether only one member of a group consumes while the others stand by. This keeps the order of each key across members.',
    allowed: 'true or false',
    parse: parseBoolean,
  })
  @IsBoolean()
  redisExclusive: boolean = false;

  @Setting({
    env: 'EVENT_BUS_REDIS_CLAIM_TIME',
    meaning: 'After how long without a heartbeat a member loses its events to other members, in seconds.',
    allowed: 'a number from 0.1 to 3600',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(0.1)
  @Max(3600)
  redisClaimTime: number = 30;

  @Setting({
    env: 'EVENT_BUS_REDIS_CONFIRM_REPLICAS',
    meaning: 'How many replicas must have an event before its publish is confirmed.',
    allowed: 'a whole number from 0 to 100',
    parse: parseNumber,
  })
  @IsInt()
  @Min(0)
  @Max(100)
  redisConfirmReplicas: number = 0;

  @Setting({
    env: 'EVENT_BUS_REDIS_CONFIRM_ON_DISK',
    meaning:
      'Whether an event must be on the disks of the server and of those replicas before its publish is confirmed. Needs Redis 7.2 or newer.',
    allowed: 'true or false',
    parse: parseBoolean,
  })
  @IsBoolean()
  redisConfirmOnDisk: boolean = false;
}
