import { IsBoolean, IsInt, IsNumber, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';
import {
  AuditLoggingEnabled,
  ConsecutiveErrorsLimit,
  ConsumersEnabled,
  PollFailureSleep,
} from '../../settings/consumer-settings.js';
import { parseBoolean, parseNumber, Setting } from '../../settings/setting.js';

const PREFIX = 'EVENT_BUS_EMBEDDED';

/** The settings of the embedded backend. */
export class EmbeddedSettings {
  @Setting({
    env: 'EVENT_BUS_EMBEDDED_PATH',
    meaning:
      'The file of the embedded backend, on a local disk. A missing file or folder is created, readable by this user only.',
    allowed: 'a file path',
  })
  @IsString()
  @MinLength(1)
  embeddedPath: string = '.event-bus/event-bus.db';

  @Setting({
    env: 'EVENT_BUS_EMBEDDED_ALLOW_NETWORK_DRIVE',
    meaning: 'Whether the file may be on a network drive. Allow it only if a single machine uses the file.',
    allowed: 'true or false',
    parse: parseBoolean,
  })
  @IsBoolean()
  embeddedAllowNetworkDrive: boolean = false;

  @Setting({
    env: 'EVENT_BUS_EMBEDDED_RETENTION',
    meaning:
      'How long events are kept, in seconds. Events that an active group has not settled are kept longer. 0 keeps all. Dead letters have their own retention.',
    allowed: 'a number from 0 to 315360000',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(0)
  @Max(315_360_000)
  embeddedRetention: number = 604_800;

  @Setting({
    env: 'EVENT_BUS_EMBEDDED_RETENTION_BYTES',
    meaning:
      'The size of the file above which the oldest events are removed, in bytes. Events that an active group has not settled are kept.',
    allowed: 'a whole number from 1048576 to 9007199254740991',
    defaultText: 'no limit',
    parse: parseNumber,
  })
  @IsOptional()
  @IsInt()
  @Min(1_048_576)
  @Max(Number.MAX_SAFE_INTEGER)
  embeddedRetentionBytes?: number;

  @Setting({
    env: 'EVENT_BUS_EMBEDDED_GROUP_EXPIRY',
    meaning:
      'After how long without a member a group no longer keeps events from being removed, in seconds. Only time during which the file was in use counts.',
    allowed: 'a number from 60 to 315360000',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(60)
  @Max(315_360_000)
  embeddedGroupExpiry: number = 604_800;

  @ConsumersEnabled(PREFIX, 'embedded')
  embeddedConsumersEnabled: boolean = true;

  @Setting({
    env: 'EVENT_BUS_EMBEDDED_CONSUMER_POLL_TIMEOUT',
    meaning: 'How often the file is checked for events of other processes, in seconds.',
    allowed: 'a number from 0.001 to 60',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(0.001)
  @Max(60)
  embeddedConsumerPollTimeout: number = 0.02;

  @PollFailureSleep(PREFIX)
  embeddedConsumerPollFailureSleep: number = 1;

  @ConsecutiveErrorsLimit(PREFIX)
  embeddedConsumerConsecutiveErrorsLimit?: number;

  @AuditLoggingEnabled(PREFIX)
  embeddedAuditLoggingEnabled: boolean = true;
}
