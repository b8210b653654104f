import { AdminError } from '../../core/errors.js';
import type { Connection } from '../client/connection.js';
import type { EntryId } from '../records/entry-id.js';
import { isNoStream } from '../client/failure.js';

/** The state of a stream and of one of its groups, as XINFO reports it. */
export interface GroupState {
  readonly length: number;
  /** The number of entries ever added to the stream. */
  readonly entriesAdded: number;
  readonly firstId: EntryId | undefined;
  readonly lastId: EntryId;
  /** The greatest id removed by XDEL. Such a removal makes the server lose count. */
  readonly maxDeletedId: EntryId;
  /** The newest entry that a member has received. */
  readonly delivered: EntryId;
  /** The number of entries delivered to the group, as the server counts them. `null` if the server has lost count. */
  readonly entriesRead: number | null;
  readonly lag: number | null;
  readonly pending: number;
  readonly oldestPending: EntryId | undefined;
  /** Differs from the mark of every other state. Pass it to {@link groupStateSince}. */
  readonly mark: string;
}

/**
 * Keys: the stream. Parameters: the group, and the previous mark or an empty text.
 *
 * Answers with nothing if the group does not exist, and with the mark alone if nothing has changed. XINFO STREAM loads
 * the first and the last entry, which may be large. The script does not return them, and loads nothing while nothing
 * changes.
 */
const STANDING = `
local function named(reply)
  local fields = {}
  for n = 1, #reply, 2 do fields[reply[n]] = reply[n + 1] end
  return fields
end
local group
for _, reply in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  if named(reply).name == ARGV[1] then group = named(reply) end
end
if not group then return {} end
local pending = redis.call('XPENDING', KEYS[1], ARGV[1])
local delivered, read, lag = group['last-delivered-id'], group['entries-read'] or false, group.lag or false
-- A user that was granted its rights before this was asked may lack this one.
local length = redis.pcall('XLEN', KEYS[1])
local isKnown = lag and type(length) == 'number'
local mark = table.concat({
  tostring(length), delivered, tostring(read), tostring(lag), pending[1], tostring(pending[2])
}, ' ')
if isKnown and mark == ARGV[2] then return {mark} end
local stream = named(redis.call('XINFO', 'STREAM', KEYS[1]))
local first = stream['first-entry'] and stream['first-entry'][1] or false
return {
  mark, stream.length, stream['entries-added'], first, stream['last-generated-id'], stream['max-deleted-entry-id'],
  delivered, read, lag, pending[1], pending[2]
}
`;

type Answer = [
  mark?: string,
  length?: number,
  entriesAdded?: number,
  firstId?: EntryId | null,
  lastId?: EntryId,
  maxDeletedId?: EntryId,
  delivered?: EntryId,
  entriesRead?: number | null,
  lag?: number | null,
  pending?: number,
  oldestPending?: EntryId | null,
];

/** The current state. Throws `AdminError` if the topic or the group does not exist. */
export async function groupStateOf(connection: Connection, topic: string, group: string): Promise<GroupState> {
  const state = await groupStateSince(connection, topic, group, '');
  if (state === undefined)
    throw new Error(
      `Redis ${connection.where} answered that the group is unchanged, although nothing was known about it.`,
    );
  return state;
}

/** The current state, or `undefined` if nothing has changed since `mark`. Throws as {@link groupStateOf}. */
export async function groupStateSince(
  connection: Connection,
  topic: string,
  group: string,
  mark: string,
): Promise<GroupState | undefined> {
  let answer: Answer;
  try {
    answer = (await connection.run(STANDING, [topic], group, mark)) as Answer;
  } catch (error) {
    if (isNoStream(error))
      throw new AdminError(`There is no topic ${topic} at Redis ${connection.where}. Check the name and its prefix.`);
    throw error;
  }
  const [newMark, length, entriesAdded, firstId, lastId, maxDeletedId, delivered, ...ofGroup] = answer;
  if (newMark === undefined)
    throw new AdminError(`There is no group ${group} on topic ${topic} at Redis ${connection.where}. Check the name.`);
  if (length === undefined) return undefined;
  const [entriesRead = null, lag = null, pending = 0, oldestPending] = ofGroup;
  return {
    ...{ mark: newMark, length, entriesRead, lag, pending },
    entriesAdded: entriesAdded ?? 0,
    firstId: firstId ?? undefined,
    lastId: String(lastId),
    maxDeletedId: String(maxDeletedId),
    delivered: String(delivered),
    oldestPending: oldestPending ?? undefined,
  };
}
