/** The labels that a metric can have. None has ids, keys or texts of errors, so that their number is bounded. */
export type Label = 'topic' | 'group' | 'type' | 'handler' | 'partition' | 'outcome' | 'reason' | 'for';

/** What a metric says, for exporters and for the documentation. */
export interface MetricInfo {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly Label[];
  /** In UCUM: `s`, or what is counted. Empty for a gauge that is 0 or 1. */
  readonly unit: string;
  /** How values of the same labels join, if two buses or several processes report them. */
  readonly joins: 'sum' | 'max' | 'min';
  /** The upper bounds of a histogram, in seconds. */
  readonly buckets?: readonly number[];
}

const PUBLISH_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Handlers may take minutes, and a record with retries longer. */
const HANDLING_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

const SETTLING: readonly Label[] = ['topic', 'group'];
const HANDLING: readonly Label[] = ['handler', 'type', 'topic', 'group'];

/** All metrics by the name that Prometheus has for them. */
export const METRICS = {
  event_bus_published_total: counter('{event}', ['type', 'topic'], 'Events that the broker has stored.'),
  event_bus_publish_failures_total: counter(
    '{event}',
    ['type', 'topic'],
    'Events that the broker refused or did not store in time.',
  ),
  event_bus_publish_duration_seconds: histogram(
    PUBLISH_SECONDS,
    ['topic'],
    'Time from the call of publish to the answer of the broker, failures included.',
  ),
  event_bus_received_total: counter(
    '{event}',
    ['type', 'topic', 'group'],
    'Events that were passed to their handlers.',
  ),
  event_bus_processed_total: counter(
    '{record}',
    ['topic', 'group', 'outcome'],
    'Records that were settled. outcome: handled, unhandled, tombstone, dead-lettered or skipped.',
  ),
  event_bus_processing_duration_seconds: histogram(
    HANDLING_SECONDS,
    SETTLING,
    'Time from the start of a record to its outcome, retries and waits included.',
  ),
  event_bus_handler_calls_total: counter('{call}', HANDLING, 'Calls of handlers. Each attempt counts.'),
  event_bus_handler_failures_total: counter('{call}', HANDLING, 'Calls of handlers that failed.'),
  event_bus_handler_duration_seconds: histogram(HANDLING_SECONDS, HANDLING, 'Time of one call of a handler.'),
  event_bus_retries_total: counter('{retry}', HANDLING, 'Failed calls of handlers that were to be retried.'),
  event_bus_dead_letters_total: counter(
    '{record}',
    ['type', 'topic', 'group', 'reason'],
    'Records that went to the dead letters. reason: handler, unreadable, unhandled or delivery-limit.',
  ),
  event_bus_redeliveries_total: counter(
    '{record}',
    SETTLING,
    'Records that came again: a move repeats them, or a member vanished with them in hand.',
  ),
  event_bus_released_total: counter('{record}', SETTLING, 'Records given back unsettled, at a stop or a handover.'),
  event_bus_waiting: gauge(
    '',
    ['topic', 'group', 'for'],
    '1 while the consumer waits for something that is away. for: registry, broker or dead-letter.',
  ),
  event_bus_in_hand: {
    ...gauge('{record}', SETTLING, 'Records that the consumer has taken and not settled yet.'),
    joins: 'sum',
  },
  event_bus_handler_stuck: {
    ...gauge('{call}', SETTLING, 'Calls of handlers that have run for longer than EVENT_BUS_HEALTH_STUCK_AFTER.'),
    joins: 'sum',
  },
  event_bus_consumer_connected: {
    ...gauge('', SETTLING, '1 if the consumer has joined its group and the broker answers.'),
    joins: 'min',
  },
  event_bus_last_published_timestamp_seconds: gauge(
    's',
    ['topic'],
    'When the last event was published, in seconds since 1970.',
  ),
  event_bus_last_processed_timestamp_seconds: gauge(
    's',
    SETTLING,
    'When the last record was settled, in seconds since 1970.',
  ),
  event_bus_lag_events: gauge('{event}', ['topic', 'group', 'partition'], 'Events that the group has not settled.'),
  event_bus_lag_seconds: gauge(
    's',
    ['topic', 'group', 'partition'],
    'Age of the oldest event that the group has not settled; 0 if there is none.',
  ),
  event_bus_lag_read_failures_total: counter('{failure}', SETTLING, 'Failed attempts to read the lag.'),
  event_bus_lag_read_timestamp_seconds: gauge(
    's',
    SETTLING,
    'When the lag was last read, in seconds since 1970. Lag that is older than three intervals is not shown.',
  ),
  event_bus_members: gauge('{member}', SETTLING, 'Members of the group, if the backend knows them.'),
} as const satisfies Readonly<Record<string, MetricInfo>>;

export type MetricName = keyof typeof METRICS;

function counter(unit: string, labels: readonly Label[], help: string): MetricInfo & { readonly kind: 'counter' } {
  return { kind: 'counter', help, labels, unit, joins: 'sum' };
}

function gauge(unit: string, labels: readonly Label[], help: string): MetricInfo & { readonly kind: 'gauge' } {
  return { kind: 'gauge', help, labels, unit, joins: 'max' };
}

function histogram(
  buckets: readonly number[],
  labels: readonly Label[],
  help: string,
): MetricInfo & { readonly kind: 'histogram'; readonly buckets: readonly number[] } {
  return { kind: 'histogram', help, labels, unit: 's', joins: 'sum', buckets };
}
