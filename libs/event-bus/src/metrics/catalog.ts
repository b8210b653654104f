/** The labels that a metric can have. None has ids, keys or texts of errors, so that their number is bounded. */
export type Label = 'topic' | 'group' | 'type' | 'handler' | 'partition' | 'outcome' | 'reason' | 'for';

/** What a metric says, for exporters and for the documentation. */
export interface MetricInfo {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly Label[];
  /** How values of the same labels join, if two buses or several processes report them. */
  readonly joins: 'sum' | 'max' | 'min';
  /** The upper bounds of a histogram, in seconds. */
  readonly buckets?: readonly number[];
}

const PUBLISH_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Handlers may take minutes, and a record with retries longer. */
const HANDLING_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** All metrics by the name that Prometheus has for them. */
export const METRICS = {
  event_bus_published_total: counter('Events that the broker has stored.', ['type', 'topic']),
  event_bus_publish_failures_total: counter('Events that the broker did not store in time or refused.', [
    'type',
    'topic',
  ]),
  event_bus_publish_duration_seconds: histogram(
    'Time from the call of publish to the answer of the broker, failures included.',
    ['topic'],
    PUBLISH_SECONDS,
  ),
  event_bus_received_total: counter('Events that were passed to their handlers.', ['type', 'topic', 'group']),
  event_bus_processed_total: counter(
    'Records that were settled. outcome: handled, unhandled, tombstone, dead-lettered or skipped.',
    ['topic', 'group', 'outcome'],
  ),
  event_bus_processing_duration_seconds: histogram(
    'Time from the start of a record to its outcome, retries and waits included.',
    ['topic', 'group'],
    HANDLING_SECONDS,
  ),
  event_bus_handler_calls_total: counter('Calls of handlers, each attempt counted.', [
    'handler',
    'type',
    'topic',
    'group',
  ]),
  event_bus_handler_failures_total: counter('Calls of handlers that failed.', ['handler', 'type', 'topic', 'group']),
  event_bus_handler_duration_seconds: histogram(
    'Time of one call of a handler.',
    ['handler', 'type', 'topic', 'group'],
    HANDLING_SECONDS,
  ),
  event_bus_retries_total: counter('Failed calls of handlers after which a retry was planned.', [
    'handler',
    'type',
    'topic',
    'group',
  ]),
  event_bus_dead_letters_total: counter(
    'Records that were moved to the dead letters. reason: handler, unreadable, unhandled or delivery-limit.',
    ['type', 'topic', 'group', 'reason'],
  ),
  event_bus_redeliveries_total: counter(
    'Records that came again, because a move repeats them or a member vanished with them in hand.',
    ['topic', 'group'],
  ),
  event_bus_released_total: counter('Records that were given back unsettled, at a stop or a handover.', [
    'topic',
    'group',
  ]),
  event_bus_waiting: gauge(
    '1 while the consumer waits for something that is away. for: registry, broker or dead-letter.',
    ['topic', 'group', 'for'],
    'max',
  ),
  event_bus_in_hand: gauge('Records that the consumer has taken and that are not settled.', ['topic', 'group'], 'sum'),
  event_bus_lag_events: gauge('Events that the group has not settled.', ['topic', 'group', 'partition'], 'max'),
  event_bus_lag_seconds: gauge(
    'Age of the oldest event that the group has not settled; 0 if there is none.',
    ['topic', 'group', 'partition'],
    'max',
  ),
  event_bus_lag_read_failures_total: counter('Failed attempts to read the lag.', ['topic', 'group']),
  event_bus_lag_read_timestamp_seconds: gauge(
    'When the lag was read, in seconds since 1970. Lag that is older than three readings is not shown.',
    ['topic', 'group'],
    'max',
  ),
  event_bus_last_published_timestamp_seconds: gauge(
    'When the last event was published, in seconds since 1970.',
    ['topic'],
    'max',
  ),
  event_bus_last_processed_timestamp_seconds: gauge(
    'When the last record was settled, in seconds since 1970.',
    ['topic', 'group'],
    'max',
  ),
  event_bus_members: gauge('Members of the group, if the backend knows them.', ['topic', 'group'], 'max'),
  event_bus_consumer_connected: gauge(
    '1 if the consumer has joined its group and the broker answers.',
    ['topic', 'group'],
    'min',
  ),
} as const satisfies Readonly<Record<string, MetricInfo>>;

export type MetricName = keyof typeof METRICS;

function counter(help: string, labels: readonly Label[]): MetricInfo & { readonly kind: 'counter' } {
  return { kind: 'counter', help, labels, joins: 'sum' };
}

function gauge(
  help: string,
  labels: readonly Label[],
  joins: MetricInfo['joins'],
): MetricInfo & { readonly kind: 'gauge' } {
  return { kind: 'gauge', help, labels, joins };
}

function histogram(
  help: string,
  labels: readonly Label[],
  buckets: readonly number[],
): MetricInfo & { readonly kind: 'histogram'; readonly buckets: readonly number[] } {
  return { kind: 'histogram', help, labels, joins: 'sum', buckets };
}
