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
      'The file of the embedded backend, on a local disk; it and its folder are made when they are missing, for this user alone.',
    allowed: 'a file path',
  })
  @IsString()
  @MinLength(1)
  embeddedPath: string = '.event-bus/event-bus.db';

  @Setting({
    env: 'EVENT_BUS_EMBEDDED_ALLOW_NETWORK_DRIVE',
    meaning: 'Whether that file may lie on a network drive, as only one machine ever uses it.',
    allowed: 'true or false',
    parse: parseBoolean,
  })
  @IsBoolean()
  embeddedAllowNetworkDrive: boolean = false;

  @Setting({
    env: 'EVENT_BUS_EMBEDDED_RETENTION',
    meaning:
      'How long events are kept at least, in seconds; longer while a living group has not settled them. 0 keeps all. Dead letters have a retention of their own.',
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
      'The size from which the oldest events of the file go, unless a living group has not settled them, in bytes.',
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
      'After so long without a member, while somebody used the file, a group no longer keeps events from being removed, in seconds.',
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
    meaning: 'The longest time between two looks for events of other processes, in seconds.',
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
