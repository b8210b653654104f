import { IsDefined, IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import type { FinalAction, UnhandledAction } from '../core/delivery.js';
import type { Ordering } from '../core/consumer.js';
import type { Start } from '../core/backend.js';
import { parseStart } from '../core/start.js';
import { BACKEND_NAMES, type BackendName, parseBackendName } from './backend-name.js';
import { IsStart } from './is-start.js';
import { parseNumber, Setting } from './setting.js';

/** The settings that do not depend on the backend. Names and units are those of Open edX where it has the setting; ours are in seconds like them. */
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
    meaning: 'Where each event type goes: topics (without prefix), key paths, and whether it is sent.',
    allowed: 'JSON of the form {"event type": {"topic": {"event_key_field": "a.b", "enabled": true}}}',
    parse: (text) => JSON.parse(text) as unknown,
  })
  @IsDefined()
  producerConfig: unknown = {};

  @Setting({
    env: 'EVENT_BUS_TOPIC_PREFIX',
    meaning: 'Put before every topic, with a hyphen between.',
    allowed: 'letters, digits, ".", "_" and "-"',
  })
  @IsOptional()
  @Matches(/^[a-zA-Z0-9._-]*$/)
  topicPrefix?: string;

  @Setting({
    env: 'EVENTS_SERVICE_NAME',
    alias: 'SERVICE_VARIANT',
    meaning:
      "This service's name in the source of its events, and in the default group. SERVICE_VARIANT is read when it is not set.",
    allowed: 'a name without white space',
  })
  @IsOptional()
  @Matches(/^[^\s\p{Cc}]{1,200}$/u)
  serviceName?: string;

  @Setting({
    env: 'EVENT_BUS_EVENTS',
    meaning:
      'Modules whose exports are the event definitions known here; by default the Open edX catalog when it is installed.',
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

  @Setting({
    env: 'EVENT_BUS_PUBLISH_TIMEOUT',
    meaning: 'How long publishing may take before it is rejected, in seconds.',
    allowed: 'a number from 0.001 to 3600',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(0.001)
  @Max(3600)
  publishTimeout: number = 30;

  @Setting({
    env: 'EVENT_BUS_CONSUMER_START',
    meaning: 'Where a group begins that has no position yet.',
    allowed: 'earliest, latest, or an ISO 8601 time (UTC without a zone)',
    parse: (text) => parseStart(text) ?? text,
  })
  @IsStart()
  consumerStart: Start = 'latest';

  @Setting({
    env: 'EVENT_BUS_CONSUMER_ORDERING',
    meaning: 'Which events wait for one another: all of a partition, those of one key, or none.',
    allowed: 'partition, key or none',
  })
  @IsIn(['partition', 'key', 'none'])
  ordering: Ordering = 'partition';

  @Setting({
    env: 'EVENT_BUS_CONSUMER_CONCURRENCY',
    meaning: 'How many handlers may run at once; above 1 only with ordering key or none.',
    allowed: 'a whole number from 1 to EVENT_BUS_CONSUMER_MAX_IN_FLIGHT',
    parse: parseNumber,
  })
  @IsInt()
  @Min(1)
  @Max(100_000)
  concurrency: number = 1;

  @Setting({
    env: 'EVENT_BUS_CONSUMER_MAX_IN_FLIGHT',
    meaning: 'How many events may be in hand, from the oldest unsettled to the newest.',
    allowed: 'a whole number from 1 to 100000',
    parse: parseNumber,
  })
  @IsInt()
  @Min(1)
  @Max(100_000)
  maxInFlight: number = 200;

  @Setting({
    env: 'EVENT_BUS_CONSUMER_STOP_TIMEOUT',
    meaning:
      'How long a stop may take in all, in seconds: nine tenths of it for running handlers, the rest for settling, leaving and publishing. Keep it below the time after which the process is killed (Kubernetes: 30).',
    allowed: 'a number from 0 to 3600',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(0)
  @Max(3600)
  stopTimeout: number = 25;

  @Setting({
    env: 'EVENT_BUS_RETRY_ATTEMPTS',
    meaning: 'How often a failing handler is called in all.',
    allowed: 'a whole number from 1 to 1000',
    parse: parseNumber,
  })
  @IsInt()
  @Min(1)
  @Max(1000)
  retryAttempts: number = 5;

  @Setting({
    env: 'EVENT_BUS_RETRY_DELAY',
    meaning: 'The first delay before a failed handler is called again, in seconds; it doubles.',
    allowed: 'a number from 0 to 3600',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(0)
  @Max(3600)
  retryDelay: number = 1;

  @Setting({
    env: 'EVENT_BUS_RETRY_MAX_DELAY',
    meaning: 'The longest such delay, in seconds.',
    allowed: 'a number from 0 to 86400',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(0)
  @Max(86_400)
  retryMaxDelay: number = 60;

  @Setting({
    env: 'EVENT_BUS_ON_FAILURE',
    meaning:
      'What happens to an event whose handler failed for good: set aside, given up, or the process ends and keeps it.',
    allowed: 'dead-letter, skip or halt',
  })
  @IsIn(['dead-letter', 'skip', 'halt'])
  onFailure: FinalAction = 'dead-letter';

  @Setting({
    env: 'EVENT_BUS_ON_UNHANDLED',
    meaning:
      'What happens to events of a type that no handler of the consumer is for: they are settled, set aside, or the process ends and keeps them.',
    allowed: 'settle, dead-letter or halt',
  })
  @IsIn(['settle', 'dead-letter', 'halt'])
  onUnhandled: UnhandledAction = 'settle';

  @Setting({
    env: 'EVENT_BUS_DEAD_LETTER_RETENTION',
    meaning:
      'How long dead letters are kept at least, in seconds; a warning counts them before they are removed. 0 keeps all. On Kafka the retention of the topic applies.',
    allowed: 'a number from 0 to 315360000',
    parse: parseNumber,
  })
  @IsNumber()
  @Min(0)
  @Max(315_360_000)
  deadLetterRetention: number = 2_592_000;

  @Setting({
    env: 'EVENT_BUS_DELIVERY_LIMIT',
    alias: 'EVENT_BUS_REDIS_DELIVERY_LIMIT',
    meaning:
      'An event that was in hand when so many members vanished goes to the dead letters: it may be what ends them. EVENT_BUS_REDIS_DELIVERY_LIMIT is read when it is not set.',
    allowed: 'a whole number from 1 to 1000000',
    parse: parseNumber,
  })
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  deliveryLimit: number = 10;
}
