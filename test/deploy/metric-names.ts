const SETTLING = ['topic', 'group'];
const HANDLING = ['handler', 'type', 'topic', 'group'];
const PARTITION = ['topic', 'group', 'partition'];

/** The metrics and their labels. The figures of histograms end with `_bucket`, `_sum` and `_count`. */
export const METRICS: Readonly<Record<string, readonly string[]>> = {
  event_bus_published_total: ['type', 'topic'],
  event_bus_publish_failures_total: ['type', 'topic'],
  event_bus_publish_duration_seconds: ['topic'],
  event_bus_received_total: ['type', 'topic', 'group'],
  event_bus_processed_total: ['topic', 'group', 'outcome'],
  event_bus_processing_duration_seconds: SETTLING,
  event_bus_handler_calls_total: HANDLING,
  event_bus_handler_failures_total: HANDLING,
  event_bus_handler_duration_seconds: HANDLING,
  event_bus_retries_total: HANDLING,
  event_bus_dead_letters_total: ['type', 'topic', 'group', 'reason'],
  event_bus_redeliveries_total: SETTLING,
  event_bus_released_total: SETTLING,
  event_bus_waiting: ['topic', 'group', 'for'],
  event_bus_in_hand: SETTLING,
  event_bus_handler_stuck: SETTLING,
  event_bus_consumer_connected: SETTLING,
  event_bus_last_published_timestamp_seconds: ['topic'],
  event_bus_last_processed_timestamp_seconds: SETTLING,
  event_bus_lag_events: PARTITION,
  event_bus_lag_seconds: PARTITION,
  event_bus_lag_read_failures_total: SETTLING,
  event_bus_lag_read_timestamp_seconds: SETTLING,
  event_bus_members: SETTLING,
};

/** The labels that Prometheus adds. */
const ADDED = ['le', 'instance', 'job', 'pod', 'namespace'];

/** Returns the problems of a query: metrics and labels that the bus does not have. */
export function queryProblems(query: string): readonly string[] {
  const names = [...query.matchAll(/event_bus_\w+/g)].map(([name]) => name);
  const known = names.map((name) => METRICS[name] ?? METRICS[name.replace(/_(bucket|sum|count)$/, '')]);
  const labels = [
    ...[...query.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(',')),
    ...[...query.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) =>
      [...list.matchAll(/(\w+)\s*(?:=~|!=|=|!~)/g)].map(([, label = '']) => label),
    ),
  ].map((label) => label.trim());
  const allowed = new Set([...known.flatMap((found) => found ?? []), ...ADDED]);
  return [
    ...(names.length === 0 ? [`${query}: no metric of the bus`] : []),
    ...names.filter((_, n) => known[n] === undefined).map((name) => `${name} is no metric of the bus`),
    ...labels.filter((label) => !allowed.has(label)).map((label) => `${query}: no metric in it has the label ${label}`),
  ];
}
