import { hostname } from 'node:os';
import type { Start } from '../../core/backend.js';
import { SettingsError } from '../../core/errors.js';
import { parseInstant } from '../../core/consume/start.js';
import type { BackendName } from '../../settings/backend-name.js';

/** The options from `--extra`, or from other sources if it does not have them. */
export interface ConsumerExtra {
  /** The name of this member. */
  readonly member?: string;
  /** Where a group without a position begins. */
  readonly from?: Start;
  /** The target of a single move of the group. */
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

/** The options by Open edX's names. */
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
 * Reads `--extra`. Throws `SettingsError` with all problems.
 *
 * - `check_backlog` and `claim_msgs_older_than` of Open edX's Redis consumer change nothing: a group always continues
 *   where it stopped, and always takes over the events of dead members (EVENT_BUS_REDIS_CLAIM_TIME).
 * - `last_read_msg_id` applies only if the group has no position. Otherwise it would move the group back at each
 *   restart.
 * - `offset_time` of Open edX's Kafka consumer works on every backend: it moves the group once, and then consumes.
 */
export function readExtra(
  extra: Readonly<Record<string, unknown>>,
  backend: BackendName,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ConsumerExtra {
  const items = ITEMS[backend];
  const problems = Object.entries(extra).flatMap(([name, value]) => {
    const item = items[name];
    if (item === undefined) return [`unknown option ${name}; allowed: ${Object.keys(items).join(', ')}.`];
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

/** A start is exact to the ms of an id. An entry of the same ms may come again, and none is left out. */
function startAfter(lastRead: string): Start {
  if (lastRead === '$') return 'latest';
  const time = Number.parseInt(lastRead, 10);
  return time === 0 ? 'earliest' : new Date(time);
}
