import { SettingsError } from '../../core/errors.js';
import type { ConsumerArguments } from './consumer-arguments.js';
import { readExtra } from './consumer-extra.js';
import { checkConsumersEnabled } from '../runtime/consumers-enabled.js';
import type { EventBusRuntime } from '../runtime/runtime.js';
import { EventBusStrategy } from './strategy.js';

/** The strategy that the consumer's command line asks for. Throws `SettingsError` when it asks for what cannot be. */
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

/** The service's name and the environment's prefix, so that neither two services nor two environments share a group by accident. */
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
