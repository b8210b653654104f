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
    meaning: 'The Redis server. Required when a backend is redis.',
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
    meaning: 'The authorities that may have signed the certificate of the Redis server.',
    allowed: 'a file with certificates in PEM, with a rediss:// URL',
    defaultText: 'those that Node trusts',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  redisTlsCaFile?: string;

  @Setting({
    env: 'EVENT_BUS_REDIS_TLS_CERT_FILE',
    meaning: 'Our own certificate for the Redis server; with EVENT_BUS_REDIS_TLS_KEY_FILE.',
    allowed: 'a file with certificates in PEM, ours first, with a rediss:// URL',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  redisTlsCertFile?: string;

  @Setting({
    env: 'EVENT_BUS_REDIS_TLS_KEY_FILE',
    meaning: 'The private key of that certificate.',
    allowed: 'a file with a private key in PEM',
    defaultText: 'none',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  redisTlsKeyFile?: string;

  @Setting({
    env: 'EVENT_BUS_REDIS_TLS_KEY_PASSPHRASE',
    meaning: 'What opens that key, when it is encrypted.',
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
      'Further options of the client, ioredis: sentinels and name, tls …; with clusterNodes it is a cluster, and they are its options.',
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
    meaning: 'How long one read may wait for new events, in seconds; they arrive at once all the same.',
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
      'About how many events a stream keeps: older ones go when something is published, handled or not. Use EVENT_BUS_REDIS_RETENTION instead where you can.',
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
      'How long events are kept, in seconds; never removed before every living group has settled them. Publishers and consumers remove them: where they differ, the shortest holds. 0 keeps all.',
    allowed: 'a number from 0 to 315360000',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(0)
  @Max(315_360_000)
  redisRetention: number = 604_800;

  @Setting({
    env: 'EVENT_BUS_REDIS_GROUP_EXPIRY',
    meaning: 'A group without a living member for so long no longer keeps events from being removed, in seconds.',
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
      'Whether one member of a group works at a time and the others stand by: keeps the order of a key across members.',
    allowed: 'true or false',
    parse: parseBoolean,
  })
  @IsBoolean()
  redisExclusive: boolean = false;

  @Setting({
    env: 'EVENT_BUS_REDIS_CLAIM_TIME',
    meaning: 'A member that gives no sign of life for so long loses its events to others, in seconds.',
    allowed: 'a number from 0.1 to 3600',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(0.1)
  @Max(3600)
  redisClaimTime: number = 30;

  @Setting({
    env: 'EVENT_BUS_REDIS_CONFIRM_REPLICAS',
    meaning: 'How many replicas must have an event before it counts as published.',
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
      'Whether an event must be on the disk of the server, and of those replicas, before it counts as published (Redis 7.2 or newer).',
    allowed: 'true or false',
    parse: parseBoolean,
  })
  @IsBoolean()
  redisConfirmOnDisk: boolean = false;
}
