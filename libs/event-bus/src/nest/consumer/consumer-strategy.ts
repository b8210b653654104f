import { SettingsError } from '../../core/errors.js';
import type { ConsumerArguments } from './consumer-arguments.js';
import { readExtra } from './consumer-extra.js';
import { checkConsumersEnabled } from '../runtime/consumers-enabled.js';
import type { EventBusRuntime } from '../runtime/runtime.js';
import { EventBusStrategy } from './strategy.js';

/** Returns the strategy for the consumer's command line. Throws `SettingsError` if it asks for something impossible. */
export function consumerStrategy(
  runtime: EventBusRuntime,
  { topic, group, from, eventTypes, extra }: ConsumerArguments,
): EventBusStrategy {
  const { settings } = runtime;
  const { member, from: fromExtra, offsetTime } = readExtra(extra, settings.consumer);
  const start = from ?? fromExtra;
  checkConsumersEnabled(settings);
  return new EventBusStrategy(runtime, {
    topic,
    group: group ?? defaultGroup(settings),
    ...(start === undefined ? {} : { from: start }),
    ...(offsetTime === undefined ? {} : { offsetTime }),
    eventTypes,
    ...(member === undefined ? {} : { member }),
  });
}

/**
 * The name of the service and the prefix of the environment, so that two services or environments do not share a group
 * by accident.
 */
function defaultGroup({
  serviceName,
  topicPrefix,
}: {
  readonly serviceName?: string;
  readonly topicPrefix?: string;
}): string {
  if (serviceName !== undefined && topicPrefix !== undefined && topicPrefix !== '')
    return `${serviceName}_${topicPrefix}`;
  throw new SettingsError(
    'No group was given. Start the consumer with --group GROUP, or set both EVENTS_SERVICE_NAME and EVENT_BUS_TOPIC_PREFIX.',
  );
}
