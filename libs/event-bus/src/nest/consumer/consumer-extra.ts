import { hostname } from 'node:os';
import type { Start } from '../../core/backend.js';
import { SettingsError } from '../../core/errors.js';
import { parseInstant } from '../../core/start.js';
import type { BackendName } from '../../settings/backend-name.js';

/** What a consumer takes from `--extra`, and from its surroundings where that is silent. */
export interface ConsumerExtra {
  /** This member's name. */
  readonly member?: string;
  /** Where the group begins that has no position yet. */
  readonly from?: Start;
  /** To where the group is moved once. */
  readonly offsetTime?: Date;
}

interface Item {
  readonly allowed: string;
  readonly isAllowed: (value: unknown) => boolean;
}

const NAME: Item = { allowed: 'a name', isAllowed: (value) => typeof value === 'string' && value !== '' };
const BOOLEAN: Item = { allowed: 'true or false', isAllowed: (value) => typeof value === 'boolean' };
const MS: Item = { allowed: 'a number of ms', isAllowed: (value) => typeof value === 'number' && value >= 0 };
const TIME: Item = {
  allowed: 'an ISO 8601 time, such as "2023-01-01T00:00:00Z" (UTC without a zone), from 1970 on',
  isAllowed: (value) => typeof value === 'string' && (parseInstant(value)?.getTime() ?? -1) >= 0,
};
const ENTRY_ID: Item = {
  allowed: 'the id of an entry, or "$"',
  isAllowed: (value) => typeof value === 'string' && /^(?:\$|\d{1,15}(?:-\d{1,20})?)$/.test(value),
};

/** By Open edX's names. */
const ITEMS: Readonly<Record<BackendName, Readonly<Record<string, Item>>>> = {
  embedded: { consumer_name: NAME, offset_time: TIME },
  kafka: { consumer_name: NAME, offset_time: TIME },
  redis: {
    consumer_name: NAME,
    offset_time: TIME,
    check_backlog: BOOLEAN,
    last_read_msg_id: ENTRY_ID,
    claim_msgs_older_than: MS,
  },
};

/**
 * Reads `--extra`. Throws `SettingsError` with every problem.
 *
 * Of the items of Open edX's Redis consumer, `check_backlog` and `claim_msgs_older_than` ask for what is done in any case: a group goes on
 * where it stopped, and what dead members left is taken over all the time (EVENT_BUS_REDIS_CLAIM_TIME). `last_read_msg_id` applies
 * only while the group has no position: it would lead back at every restart. `offset_time` is that of Open edX's Kafka consumer, for every
 * backend: it moves the group once and then consumes.
 */
export function readExtra(
  extra: Readonly<Record<string, unknown>>,
  backend: BackendName,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ConsumerExtra {
  const items = ITEMS[backend];
  const problems = Object.entries(extra).flatMap(([name, value]) => {
    const item = items[name];
    if (item === undefined) return [`${name} is not understood; allowed: ${Object.keys(items).join(', ')}.`];
    return item.isAllowed(value) ? [] : [`${name}: got ${JSON.stringify(value)}; allowed: ${item.allowed}.`];
  });
  if (problems.length > 0) throw new SettingsError(problems.map((problem) => `--extra: ${problem}`).join('\n'));
  const member = extra['consumer_name'] ?? (backend === 'redis' ? env['POD_NAME'] || hostname() : undefined);
  const lastRead = extra['last_read_msg_id'];
  const time = extra['offset_time'];
  const offsetTime = typeof time === 'string' ? parseInstant(time) : undefined;
  return {
    ...(typeof member === 'string' ? { member } : {}),
    ...(typeof lastRead === 'string' ? { from: startAfter(lastRead) } : {}),
    ...(offsetTime === undefined ? {} : { offsetTime }),
  };
}

/** The ms of an id are the finest that a start may name: an entry of the same ms may come once more, and none is left out. */
function startAfter(lastRead: string): Start {
  if (lastRead === '$') return 'latest';
  const time = Number.parseInt(lastRead, 10);
  return time === 0 ? 'earliest' : new Date(time);
}
