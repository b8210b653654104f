/** Name of a series with its labels → its values, in the notation of promtool: one each minute. */
export type Series = Readonly<Record<string, string>>;

/** What Prometheus got, and the alerts that fire then, with their labels. */
export interface AlertCase {
  readonly series: Series;
  /** In minutes. */
  readonly at: number;
  /** The time between two evaluations in minutes, 1 by default. A week of minutes would take a minute. */
  readonly every?: number;
  readonly fires: readonly string[];
}

const GROUP = 'topic="orders",group="warehouse"';
const OF = '{topic="orders",group="warehouse",instance="a"}';
const PARTITION = '{topic="orders",group="warehouse",partition="0",instance="a"}';
const TOPIC = '{type="order",topic="orders",instance="w"}';
const HANDLER = '{handler="Orders.place",type="order",topic="orders",group="warehouse",instance="a"}';
const LETTERS = '{type="order",topic="orders",group="warehouse",reason="handler",instance="a"}';

const LAG = `event_bus_lag_events${PARTITION}`;
const LAG_SECONDS = `event_bus_lag_seconds${PARTITION}`;
const LAG_READ = `event_bus_lag_read_timestamp_seconds${OF}`;
const PROCESSED = `event_bus_processed_total{${GROUP},outcome="handled",instance="a"}`;
const PUBLISHED = `event_bus_published_total${TOPIC}`;
const FAILURES = `event_bus_publish_failures_total${TOPIC}`;
const LAST_PUBLISHED = 'event_bus_last_published_timestamp_seconds{topic="orders",instance="w"}';
const CALLS = `event_bus_handler_calls_total${HANDLER}`;
const CALL_FAILURES = `event_bus_handler_failures_total${HANDLER}`;
const DEAD_LETTERS = `event_bus_dead_letters_total${LETTERS}`;
const CONNECTED = `event_bus_consumer_connected${OF}`;
const STUCK = `event_bus_handler_stuck${OF}`;
const waiting = (what: string) => `event_bus_waiting{${GROUP},for="${what}",instance="a"}`;
const bucket = (le: string) => `event_bus_processing_duration_seconds_bucket{${GROUP},le="${le}",instance="a"}`;

/** Nothing happens: the counters stand still, and a group without lag has an old dead letter. */
const quiet = (): Series => {
  const still = (value: number) => `${value}x240`;
  return {
    [LAG]: still(0),
    [LAG_SECONDS]: still(0),
    [LAG_READ]: '0+60x240',
    [PROCESSED]: still(100),
    [PUBLISHED]: still(100),
    [FAILURES]: still(1),
    [LAST_PUBLISHED]: still(0),
    [CALLS]: still(100),
    [CALL_FAILURES]: still(9),
    [DEAD_LETTERS]: still(1),
    [CONNECTED]: still(1),
    [STUCK]: still(0),
    [waiting('broker')]: still(0),
    [waiting('registry')]: still(0),
    [waiting('dead-letter')]: still(0),
    [bucket('1')]: still(100),
    [bucket('10')]: still(100),
    [bucket('30')]: still(100),
    [bucket('+Inf')]: still(100),
  };
};

const WORK = '0+60x240';
const busy: Series = {
  ...quiet(),
  [LAG]: '0 5 0 12 3 0 1 0x240',
  [LAG_SECONDS]: '0 1 0 2 1 0 1 0x240',
  [PROCESSED]: WORK,
  [PUBLISHED]: WORK,
  [LAST_PUBLISHED]: WORK,
  [CALLS]: WORK,
  [CALL_FAILURES]: '0+1x240',
  [bucket('1')]: WORK,
  [bucket('10')]: WORK,
  [bucket('30')]: WORK,
  [bucket('+Inf')]: WORK,
};

const growing: Series = { [LAG]: '0+10x240', [LAG_SECONDS]: '0+60x240' };
const ofGroup = (name: string, severity = 'critical') => [alert(name, GROUP, severity)];
const ofTopic = (name: string, severity: string) => [alert(name, 'topic="orders"', severity)];
const without = (...names: readonly string[]): Series =>
  Object.fromEntries(Object.entries(busy).filter(([name]) => !names.includes(name)));

function alert(name: string, labels: string, severity: string): string {
  return `ALERTS{alertname="${name}",alertstate="firing",severity="${severity}"${labels === '' ? '' : `,${labels}`}}`;
}

/** In minutes. */
const WEEK = 7 * 24 * 60;
const aWeekLater = { at: WEEK + 120, every: 60 };
const weekly: Series = {
  [LAG_READ]: `0+60x${WEEK + 240}`,
  [PUBLISHED]: `0+5x120 600x${WEEK + 120}`,
  [LAST_PUBLISHED]: `0+60x120 7200x${WEEK + 120}`,
};

/** Title → case. */
export const ALERT_CASES: Readonly<Record<string, AlertCase>> = {
  'a quiet hour': { series: quiet(), at: 120, fires: [] },
  'a busy hour': { series: busy, at: 120, fires: [] },
  'an hour without events that was as quiet a week ago': {
    series: { ...weekly, [PUBLISHED]: `600x${WEEK + 240}` },
    ...aWeekLater,
    fires: [],
  },
  'a consumer that handles nothing, although events wait': {
    series: { ...quiet(), ...growing },
    at: 30,
    fires: ofGroup('EventBusConsumerStalled'),
  },
  'a group that was never scaled up from zero': {
    series: { ...growing, [LAG_READ]: '0+60x240' },
    at: 30,
    fires: ofGroup('EventBusConsumerStalled'),
  },
  'a consumer that is too slow for its topic': {
    series: { ...busy, ...growing },
    at: 30,
    fires: ofGroup('EventBusConsumerLagging', 'warning'),
  },
  'a group that catches up': {
    series: { ...busy, [LAG]: '9000-10x240', [LAG_SECONDS]: '9000-10x240' },
    at: 60,
    fires: [],
  },
  'events that take long': {
    series: { ...busy, [bucket('1')]: '0+1x240', [bucket('10')]: '0+2x240' },
    at: 30,
    fires: ofGroup('EventBusProcessingSlow', 'warning'),
  },
  'a handler that fails': {
    series: { ...busy, [CALL_FAILURES]: '0+6x240' },
    at: 30,
    fires: [alert('EventBusHandlerFailing', `${GROUP},handler="Orders.place"`, 'warning')],
  },
  'a handler that does not end': {
    series: { ...quiet(), [STUCK]: '1x240' },
    at: 20,
    fires: ofGroup('EventBusHandlerStuck'),
  },
  'the first dead letter of a process': {
    series: { ...busy, [DEAD_LETTERS]: `${'_ '.repeat(100)}1x140` },
    at: 105,
    fires: [alert('EventBusDeadLetters', `${GROUP},reason="handler"`, 'warning')],
  },
  'a further dead letter': {
    series: { ...busy, [DEAD_LETTERS]: '1x100 2x140' },
    at: 105,
    fires: [alert('EventBusDeadLetters', `${GROUP},reason="handler"`, 'warning')],
  },
  'a broker that is away': {
    series: { ...quiet(), [waiting('broker')]: '1x240' },
    at: 20,
    fires: ofGroup('EventBusBrokerAway'),
  },
  'a consumer that is not connected': {
    series: { ...quiet(), [CONNECTED]: '0x240' },
    at: 20,
    fires: ofGroup('EventBusBrokerAway'),
  },
  'a registry that is away': {
    series: { ...quiet(), [waiting('registry')]: '1x240' },
    at: 20,
    fires: ofGroup('EventBusRegistryAway'),
  },
  'a dead letter that cannot be written': {
    series: { ...quiet(), [waiting('dead-letter')]: '1x240' },
    at: 20,
    fires: ofGroup('EventBusDeadLetterBlocked'),
  },
  'publishes that fail': {
    series: { ...busy, [FAILURES]: '0+2x240' },
    at: 20,
    fires: ofTopic('EventBusPublishFailing', 'critical'),
  },
  'publishes that all fail': {
    series: { ...without(PUBLISHED), [FAILURES]: '0+2x240' },
    at: 20,
    fires: ofTopic('EventBusPublishFailing', 'critical'),
  },
  'silence in an hour that was busy a week ago': {
    series: weekly,
    ...aWeekLater,
    fires: ofTopic('EventBusNothingPublished', 'warning'),
  },
  'a lag that nobody can read any more': {
    series: { ...busy, [LAG_READ]: '0+60x20 1200x220' },
    at: 60,
    fires: ofGroup('EventBusLagUnknown', 'warning'),
  },
  'a lag that nobody reports any more': {
    series: {
      ...busy,
      [LAG_READ]: '0+60x60 stale',
      'event_bus_lag_read_timestamp_seconds{topic="others",group="g",instance="a"}': '0+60x240',
    },
    at: 90,
    fires: ofGroup('EventBusLagUnknown', 'warning'),
  },
  'a Prometheus without metrics of the bus': {
    series: { up: '1x240' },
    at: 30,
    fires: [alert('EventBusMetricsAbsent', '', 'warning')],
  },
};
