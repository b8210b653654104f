import type { Start } from '../../core/backend.js';
import { Consumer, type ConsumerOptions } from '../../core/consume/consumer.js';
import { fullTopic } from '../../core/topics/topic.js';
import { deadLetter } from '../../middleware/dead-letter.js';
import { deliveryLimit } from '../../middleware/delivery-limit.js';
import { consumerSettings } from '../settings/event-bus-settings.js';
import { tracedAs } from './load-tracing.js';
import type { EventBusRuntime } from './runtime.js';
import { handlersBudgetMs } from './stop-budget.js';

/** The options of one consumer of a process. Settings give the rest. */
export interface Consuming extends Pick<ConsumerOptions, 'handlersOf' | 'onUnhandled'> {
  /** The topic without prefix. */
  readonly topic: string;
  readonly group: string;
  /** The name of this member, for operators. */
  readonly member: string;
  /** Overrides the setting. Applies only if the group has no position. */
  readonly from?: Start | undefined;
  /** Moves the group once to the first record made at or after this time. A group without a position begins there. */
  readonly offsetTime?: Date | undefined;
  /** Overrides the settings. */
  readonly override?: Partial<Pick<ConsumerOptions, 'ordering' | 'concurrency' | 'errorsLimit'>>;
}

/** Makes a consumer for an application or the command line. Retries, dead letters and limits follow the settings. */
export function makeConsumer(
  { settings, codec, observe, observers, tracing, metrics, health, consumerBackend: backend }: EventBusRuntime,
  { topic, group, member, from, offsetTime, handlersOf, onUnhandled, override = {} }: Consuming,
): Consumer {
  const { pollFailureSleep, consecutiveErrorsLimit } = consumerSettings(settings.consumer, settings);
  const pollFailureSleepMs = pollFailureSleep * 1000;
  const backoff = { initialMs: pollFailureSleepMs, maxMs: Math.max(60_000, pollFailureSleepMs) };
  const handling = [deadLetter({ publisher: backend, observe, backoff }), deliveryLimit(settings.deliveryLimit)];
  const traced = tracing === undefined ? handlersOf : (type: string) => tracing.handlers(handlersOf(type));
  const watched = health === undefined ? traced : (type: string) => health.watch(traced(type));
  const consumer = new Consumer({
    backend,
    codec,
    observe,
    isTimed: () => observers.hasOthers,
    handlersOf: watched,
    onUnhandled,
    subscription: {
      topic: fullTopic(settings.topicPrefix, topic),
      group,
      member,
      start: offsetTime ?? from ?? settings.consumerStart,
      maxInFlight: settings.maxInFlight,
      stopBudgetMs: handlersBudgetMs(settings.stopTimeout * 1000),
    },
    moveOnce: offsetTime && { to: offsetTime, once: `offset_time=${offsetTime.toISOString()}` },
    ordering: settings.ordering,
    concurrency: settings.concurrency,
    middleware: tracing === undefined ? handling : [tracing.deliveries(tracedAs(backend)), ...handling],
    backoff,
    reconnect: backoff,
    errorsLimit: consecutiveErrorsLimit,
    ...override,
  });
  metrics?.watch(consumer);
  return consumer;
}
