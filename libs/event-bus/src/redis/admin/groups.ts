import type { GroupPosition, Start } from '../../core/backend.js';
import type { Connection } from '../client/connection.js';
import { entriesUpTo, undelivered } from './counting.js';
import { compareIds, type EntryId, FIRST_ID, idAfter, idAt, idBefore, timeOf } from '../records/entry-id.js';
import { isBusyGroup } from '../client/failure.js';
import { groupKey } from '../keys.js';
import type { Reporter } from '../reporter.js';
import { CREATE_GROUP, CREATE_STREAM } from '../client/scripts.js';
import { groupStateOf } from './group-state.js';

/** Keys: the stream. Parameter: an id. Answers with the id of the next entry; its fields are not sent. */
const NEXT = `
local next = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', 1)[1]
return next and next[1]
`;

/**
 * Sets the group's count of entries read if the group has not moved meanwhile. Keys: the stream. Parameters: the group,
 * the position that the group must still have, the number of entries up to that position.
 */
const TELL_LAG = `
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  if group[2] == ARGV[1] and group[8] == ARGV[2] then
    redis.call('XGROUP', 'SETID', KEYS[1], ARGV[1], ARGV[2], 'ENTRIESREAD', ARGV[3])
  end
end
return 1
`;

/** Creates the stream if it does not exist. */
export async function createStream(connection: Connection, topic: string): Promise<void> {
  await connection.run(CREATE_STREAM, [topic]);
}

/** The parameters of {@link createGroup}. */
export interface NewGroup {
  readonly topic: string;
  readonly group: string;
  readonly start: Start;
  /** The last known position of the group, used if the server has forgotten it. */
  readonly position?: EntryId | undefined;
  readonly reporter: Reporter;
}

/**
 * Creates the group, and the stream if it does not exist. If the group existed before and was removed, it is restored
 * at its last position. Resolves with true if the group is new, with false if it exists or was restored.
 */
export async function createGroup(
  connection: Connection,
  { topic, group, start, position: seen, reporter }: NewGroup,
): Promise<boolean> {
  try {
    await connection.run(CREATE_GROUP, [topic, groupKey(topic, group)], group, deliveredFor(start));
  } catch (error) {
    if (isBusyGroup(error)) return false;
    throw error;
  }
  const remembered = await connection.send('HGET', groupKey(topic, group), 'position');
  const position = typeof remembered === 'string' ? remembered : seen;
  if (position !== undefined) {
    await connection.send('XGROUP', 'SETID', topic, group, position);
    reporter.restored({ topic, group }, position);
  }
  await tellLag(connection, topic, group);
  return position === undefined;
}

/**
 * Makes the server's `lag` known after a group was set to the middle of the stream. Without this, `lag` would be null,
 * and autoscalers that read it would start no member. Does nothing if counting would take too long.
 */
export async function tellLag(connection: Connection, topic: string, group: string): Promise<void> {
  const state = await groupStateOf(connection, topic, group);
  if (state.lag !== null) return;
  const read = await entriesUpTo(connection, topic, state.delivered, state);
  if (read !== undefined) await connection.run(TELL_LAG, [topic], group, state.delivered, read);
}

/** Position and lag of the group. Throws `AdminError` if the topic or the group does not exist. */
export async function positionsOf(
  connection: Connection,
  topic: string,
  group: string,
): Promise<readonly GroupPosition[]> {
  const state = await groupStateOf(connection, topic, group);
  const { lastId, delivered, oldestPending, pending } = state;
  const position = oldestPending ?? (await positionAfter(connection, topic, delivered, lastId));
  const behind = pending + (await undelivered(connection, topic, state));
  const oldestAt = behind === 0 ? null : timeOf(position);
  return [{ partition: 0, position, end: endOf(delivered, lastId), behind, oldestAt }];
}

/** The id of the entry after `id`, or the end if there is none. */
export async function positionAfter(
  connection: Connection,
  topic: string,
  id: EntryId,
  lastId: EntryId,
): Promise<EntryId> {
  const next = (await connection.run(NEXT, [topic], id)) as EntryId | null;
  return next ?? endOf(id, lastId);
}

/** The end of the topic: the smallest id that the next entry can get. */
export function endOf(delivered: EntryId, lastId: EntryId): EntryId {
  return idAfter(compareIds(delivered, lastId) > 0 ? delivered : lastId);
}

function deliveredFor(start: Start): string {
  if (start === 'earliest') return FIRST_ID;
  return start === 'latest' ? '$' : idBefore(idAt(start.getTime()));
}
