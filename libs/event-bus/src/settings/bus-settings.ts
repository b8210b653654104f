import { IsDefined, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import type { FinalAction, UnhandledAction } from '../core/consume/delivery.js';
import type { Ordering } from '../core/consume/consumer.js';
import type { ProducerConfig } from '../core/topics/routes.js';
import type { Start } from '../core/backend.js';
import { parseStart } from '../core/consume/start.js';
import { BACKEND_NAMES, type BackendName, parseBackendName } from './backend-name.js';
import { IsStart } from './is-start.js';
import { parseBoolean, parseNumber, Setting } from './setting.js';
import { NumberSetting } from './kinds.js';

/**
 * The settings that do not depend on the backend. Open edX's settings keep their names and units. The others are in
 * seconds too.
 */
export class BusSettings {
  @Setting({
    env: 'EVENT_BUS_PRODUCER',
    meaning: 'The backend that events are published to. Required when NODE_ENV is production.',
    allowed: `${BACKEND_NAMES.join(', ')}, or a class path of an Open edX producer`,
    parse: parseBackendName,
  })
  @IsIn(BACKEND_NAMES)
  producer: BackendName = 'embedded';

  @Setting({
    env: 'EVENT_BUS_CONSUMER',
    meaning: 'The backend that events are consumed from. Required when NODE_ENV is production.',
    allowed: `${BACKEND_NAMES.join(', ')}, or a class path of an Open edX consumer`,
    parse: parseBackendName,
  })
  @IsIn(BACKEND_NAMES)
  consumer: BackendName = 'embedded';

  @Setting({
    env: 'EVENT_BUS_PRODUCER_CONFIG',
    meaning:
      'The topics that each event type is published to (without prefix), with the key path for each topic and whether it is enabled. Without event_key_field, the key of the event is used. Without enabled, the route is enabled.',
    allowed: 'JSON of the form {"event type": {"topic": {"event_key_field": "a.b", "enabled": true}}}',
    parse: (text) => JSON.parse(text) as unknown,
  })
  @IsDefined()
  producerConfig: ProducerConfig = {};

  @Setting({
    env: 'EVENT_BUS_TOPIC_PREFIX',
    meaning: 'The prefix of all topics. A hyphen separates it from the name.',
    allowed: 'letters, digits, ".", "_" and "-"',
  })
  @IsOptional()
  @Matches(/^[a-zA-Z0-9._-]*$/)
  topicPrefix?: string;

  @Setting({
    env: 'EVENTS_SERVICE_NAME',
    alias: 'SERVICE_VARIANT',
    meaning: 'The name of this service. The source of its events and the name of its default group contain it.',
    allowed: 'a name without white space',
  })
  @IsOptional()
  @Matches(/^[^\s\p{Cc}]{1,200}$/u)
  serviceName?: string;

  @Setting({
    env: 'EVENT_BUS_EVENTS',
    meaning:
      'The modules that export the event definitions of this service. Default: the Open edX catalog, if it is installed.',
    allowed: 'module names or file paths, separated by commas',
    defaultText: 'openedx-events, if installed',
    parse: (text) =>
      text
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
  })
  @IsOptional()
  @IsString({ each: true })
  eventModules?: readonly string[];

  @NumberSetting({
    env: 'EVENT_BUS_PUBLISH_TIMEOUT',
    meaning: 'How long one publish may take, in seconds. After that it is rejected.',
    min: 0.001,
    max: 3600,
  })
  publishTimeout: number = 30;

  @Setting({
    env: 'EVENT_BUS_CONSUMER_START',
    meaning: 'Where a consumer group starts when it has no position yet.',
    allowed: 'earliest, latest, or an ISO 8601 time (UTC without a zone)',
    parse: (text) => parseStart(text) ?? text,
  })
  @IsStart()
  consumerStart: Start = 'latest';

  @Setting({
    env: 'EVENT_BUS_CONSUMER_ORDERING',
    meaning: 'Which events are handled in order: all events of a partition, the events of each key, or none.',
    allowed: 'partition, key or none',
  })
  @IsIn(['partition', 'key', 'none'])
  ordering: Ordering = 'partition';

  @Setting({
    env: 'EVENT_BUS_CONSUMER_CONCURRENCY',
    meaning: 'How many events one consumer handles at the same time. More than 1 needs ordering key or none.',
    allowed: 'a whole number from 1 to EVENT_BUS_CONSUMER_MAX_IN_FLIGHT',
    parse: parseNumber,
  })
  @IsInt()
  @Min(1)
  @Max(100_000)
  concurrency: number = 1;

  @NumberSetting({
    env: 'EVENT_BUS_CONSUMER_MAX_IN_FLIGHT',
    meaning: 'How many events one consumer may hold, from the oldest that is not settled to the newest.',
    isWhole: true,
    min: 1,
    max: 100_000,
  })
  maxInFlight: number = 200;

  @NumberSetting({
    env: 'EVENT_BUS_CONSUMER_STOP_TIMEOUT',
    meaning:
      'How long a stop may take, in seconds. Running handlers get nine tenths of it; settling, leaving the group and publishing get the rest. Keep it below the time after which the process is killed (Kubernetes: 30).',
    min: 0,
    max: 3600,
  })
  stopTimeout: number = 25;

  @NumberSetting({
    env: 'EVENT_BUS_RETRY_ATTEMPTS',
    meaning: 'How many times a failing handler is called, the first call included.',
    isWhole: true,
    min: 1,
    max: 1000,
  })
  retryAttempts: number = 5;

  @NumberSetting({
    env: 'EVENT_BUS_RETRY_DELAY',
    meaning: 'The delay before a failed handler is called again, in seconds. It doubles with each attempt.',
    min: 0,
    max: 3600,
  })
  retryDelay: number = 1;

  @NumberSetting({
    env: 'EVENT_BUS_RETRY_MAX_DELAY',
    meaning: 'The longest delay between two attempts, in seconds.',
    min: 0,
    max: 86_400,
  })
  retryMaxDelay: number = 60;

  @Setting({
    env: 'EVENT_BUS_ON_FAILURE',
    meaning:
      'What to do with an event whose handler has failed in every attempt: publish it to the dead-letter topic, skip it, or end the process and keep the event unsettled.',
    allowed: 'dead-letter, skip or halt',
  })
  @IsIn(['dead-letter', 'skip', 'halt'])
  onFailure: FinalAction = 'dead-letter';

  @Setting({
    env: 'EVENT_BUS_ON_UNHANDLED',
    meaning:
      'What to do with an event for which the consumer has no handler: settle it, publish it to the dead-letter topic, or end the process and keep the event unsettled.',
    allowed: 'settle, dead-letter or halt',
  })
  @IsIn(['settle', 'dead-letter', 'halt'])
  onUnhandled: UnhandledAction = 'settle';

  @NumberSetting({
    env: 'EVENT_BUS_DEAD_LETTER_RETENTION',
    meaning:
      'How long dead letters are kept, in seconds. A warning with their number comes before they are removed. 0 keeps all. On Kafka the retention of the topic applies instead.',
    min: 0,
    max: 315_360_000,
  })
  deadLetterRetention: number = 2_592_000;

  @NumberSetting({
    env: 'EVENT_BUS_DELIVERY_LIMIT',
    alias: 'EVENT_BUS_REDIS_DELIVERY_LIMIT',
    meaning:
      'The number of crashes after which an event goes to the dead-letter topic. A crash counts if the consumer held the event, because the event may be its cause.',
    isWhole: true,
    min: 1,
    max: 1_000_000,
  })
  deliveryLimit: number = 10;

  @Setting({
    env: 'EVENT_BUS_TRACING',
    meaning:
      'Whether the bus makes spans with the OpenTelemetry SDK of the application. With on, the span of a handled event is a child of the span that published it; with link, it begins a trace of its own that links to that span. Needs the package @opentelemetry/api.',
    allowed: 'off, on or link',
    defaultText: 'off',
    parse: parseBoolean,
  })
  @IsIn([true, false, 'link'])
  tracing: boolean | 'link' = false;

  @Setting({
    env: 'EVENT_BUS_METRICS',
    meaning:
      'Where metrics go: to prom-client, whose registry the application or EVENT_BUS_HEALTH_PORT exports, or to the meters of OpenTelemetry.',
    allowed: 'off, prometheus or opentelemetry',
  })
  @IsIn(['off', 'prometheus', 'opentelemetry'])
  metrics: 'off' | 'prometheus' | 'opentelemetry' = 'off';

  @NumberSetting({
    env: 'EVENT_BUS_METRICS_LAG_INTERVAL',
    meaning: 'How often the lag is read for the metrics, in seconds. 0 never reads it.',
    min: 0,
    max: 3600,
  })
  metricsLagInterval: number = 10;
}
