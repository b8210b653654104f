import type { GroupPosition, Start } from '../../core/backend.js';
import type { Connection } from '../client/connection.js';
import { entriesUpTo, undelivered } from './counting.js';
import { compareIds, type EntryId, FIRST_ID, idAfter, idAt, idBefore, timeOf } from '../records/entry-id.js';
import { isBusyGroup } from '../client/failure.js';
import { groupKey } from '../keys.js';
import type { Reporter } from '../reporter.js';
import { CREATE_GROUP, CREATE_STREAM } from '../client/scripts.js';
import { groupStateOf } from './group-state.js';

/** Keys: the stream alone. Parameter: an id. Answers with the id of the entry that comes after it, which itself does not travel. */
const NEXT = `
local next = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', 1)[1]
return next and next[1]
`;

/** Keys: the stream alone. Parameters: the group, where it must still stand, how many entries lie up to there. */
const TELL_LAG = `
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  if group[2] == ARGV[1] and group[8] == ARGV[2] then
    redis.call('XGROUP', 'SETID', KEYS[1], ARGV[1], ARGV[2], 'ENTRIESREAD', ARGV[3])
  end
end
return 1
`;

/** Makes the stream unless it is there. */
export async function createStream(connection: Connection, topic: string): Promise<void> {
  await connection.run(CREATE_STREAM, [topic]);
}

/** What a group is made with. */
export interface NewGroup {
  readonly topic: string;
  readonly group: string;
  readonly start: Start;
  /** Where it stood when it was last seen, if the server has forgotten that. */
  readonly position?: EntryId | undefined;
  readonly reporter: Reporter;
}

/**
 * Answers with whether the group was made; makes the stream when it is missing. A group that was there before, and was removed by others
 * or with its stream, is made again where it stood.
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
 * Tells the server how many entries lie before the group, where it cannot know: after the group was set into the middle of the stream. Its `lag`
 * would be null until then, and autoscalers that read it would start no member. Not where counting would take long.
 */
export async function tellLag(connection: Connection, topic: string, group: string): Promise<void> {
  const state = await groupStateOf(connection, topic, group);
  if (state.lag !== null) return;
  const read = await entriesUpTo(connection, topic, state.delivered, state);
  if (read !== undefined) await connection.run(TELL_LAG, [topic], group, state.delivered, read);
}

/** Position and lag. Throws `AdminError` when the topic or the group is unknown. */
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

/** The entry that comes after an id, or the end. */
export async function positionAfter(
  connection: Connection,
  topic: string,
  id: EntryId,
  lastId: EntryId,
): Promise<EntryId> {
  const next = (await connection.run(NEXT, [topic], id)) as EntryId | null;
  return next ?? endOf(id, lastId);
}

/** The smallest id that the next entry may have. */
export function endOf(delivered: EntryId, lastId: EntryId): EntryId {
  return idAfter(compareIds(delivered, lastId) > 0 ? delivered : lastId);
}

function deliveredFor(start: Start): string {
  if (start === 'earliest') return FIRST_ID;
  return start === 'latest' ? '$' : idBefore(idAt(start.getTime()));
}
