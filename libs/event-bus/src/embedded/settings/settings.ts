import { IsOptional, IsString, MinLength } from 'class-validator';
import {
  AuditLoggingEnabled,
  ConsecutiveErrorsLimit,
  ConsumersEnabled,
  PollFailureSleep,
} from '../../settings/consumer-settings.js';
import { Setting } from '../../settings/setting.js';
import { BooleanSetting, NumberSetting } from '../../settings/kinds.js';
import { defaultPath } from './default-path.js';

const PREFIX = 'EVENT_BUS_EMBEDDED';

/** The settings of the embedded backend. */
export class EmbeddedSettings {
  @Setting({
    env: 'EVENT_BUS_EMBEDDED_PATH',
    meaning:
      'The file of the embedded backend, on a local disk. A missing file or folder is created, readable by this user only.',
    allowed: 'a file path; a relative one starts at the working folder',
    defaultText:
      '.event-bus/event-bus.db in the nearest workspace root or Git root above the working folder, else in the working folder',
    find: defaultPath,
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  embeddedPath?: string;

  @BooleanSetting({
    env: 'EVENT_BUS_EMBEDDED_ALLOW_NETWORK_DRIVE',
    meaning: 'Whether the file may be on a network drive. Allow it only if a single machine uses the file.',
  })
  embeddedAllowNetworkDrive: boolean = false;

  @NumberSetting({
    env: 'EVENT_BUS_EMBEDDED_RETENTION',
    meaning:
      'How long events are kept, in seconds. Events that an active group has not settled are kept longer. 0 keeps all. Dead letters have their own retention.',
    min: 0,
    max: 315_360_000,
  })
  embeddedRetention: number = 604_800;

  @NumberSetting({
    env: 'EVENT_BUS_EMBEDDED_RETENTION_BYTES',
    meaning:
      'The size of the file above which the oldest events are removed, in bytes. Events that an active group has not settled are kept.',
    defaultText: 'no limit',
    isWhole: true,
    min: 1_048_576,
    max: Number.MAX_SAFE_INTEGER,
  })
  embeddedRetentionBytes?: number;

  @NumberSetting({
    env: 'EVENT_BUS_EMBEDDED_GROUP_EXPIRY',
    meaning:
      'How long a group without members still keeps its unsettled events from being removed, in seconds. Only time during which the file is in use counts.',
    min: 60,
    max: 315_360_000,
  })
  embeddedGroupExpiry: number = 604_800;

  @ConsumersEnabled(PREFIX, 'embedded')
  embeddedConsumersEnabled: boolean = true;

  @NumberSetting({
    env: 'EVENT_BUS_EMBEDDED_CONSUMER_POLL_TIMEOUT',
    meaning: 'How often the file is checked for events of other processes, in seconds.',
    min: 0.001,
    max: 60,
  })
  embeddedConsumerPollTimeout: number = 0.02;

  @PollFailureSleep(PREFIX)
  embeddedConsumerPollFailureSleep: number = 1;

  @ConsecutiveErrorsLimit(PREFIX)
  embeddedConsumerConsecutiveErrorsLimit?: number;

  @AuditLoggingEnabled(PREFIX)
  embeddedAuditLoggingEnabled: boolean = true;
}
