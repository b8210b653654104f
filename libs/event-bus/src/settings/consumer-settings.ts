import { BooleanSetting, NumberSetting } from './kinds.js';

/**
 * The settings that every backend has under its own prefix, as in Open edX: `redisConsumersEnabled` is
 * `EVENT_BUS_REDIS_CONSUMERS_ENABLED`.
 */
export interface ConsumerSettings {
  readonly consumersEnabled: boolean;
  /** The value is in seconds. */
  readonly pollFailureSleep: number;
  readonly consecutiveErrorsLimit: number | undefined;
  readonly auditLoggingEnabled: boolean;
}

/**
 * Declares the property `<backend>ConsumersEnabled`. `prefix` is that of the backend's variables, such as
 * `EVENT_BUS_REDIS`.
 */
export function ConsumersEnabled(prefix: string, label: string): PropertyDecorator {
  return BooleanSetting({
    env: `${prefix}_CONSUMERS_ENABLED`,
    meaning: `Whether consumers of the ${label} backend run at all.`,
  });
}

/** Declares the property `<backend>ConsumerPollFailureSleep`. */
export function PollFailureSleep(prefix: string): PropertyDecorator {
  return NumberSetting({
    env: `${prefix}_CONSUMER_POLL_FAILURE_SLEEP`,
    meaning:
      'The delay before a failed backend is tried again, in seconds. It doubles with each failure, up to a minute.',
    min: 0.001,
    max: 60,
  });
}

/** Declares the property `<backend>ConsumerConsecutiveErrorsLimit`. */
export function ConsecutiveErrorsLimit(prefix: string): PropertyDecorator {
  return NumberSetting({
    env: `${prefix}_CONSUMER_CONSECUTIVE_ERRORS_LIMIT`,
    meaning: 'The number of failed events in a row at which the consumer ends, with exit code 4.',
    isWhole: true,
    min: 1,
    max: 1_000_000,
    defaultText: 'no limit',
  });
}

/** Declares the property `<backend>AuditLoggingEnabled`. */
export function AuditLoggingEnabled(prefix: string): PropertyDecorator {
  return BooleanSetting({
    env: `${prefix}_AUDIT_LOGGING_ENABLED`,
    meaning: 'Whether a log line is written for every published, received and processed event.',
  });
}
