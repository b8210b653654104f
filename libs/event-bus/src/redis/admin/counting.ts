import type { Connection } from '../client/connection.js';
import { compareIds, type EntryId } from '../records/entry-id.js';
import type { GroupState } from './group-state.js';

/** The limits of one script call, in entries and in bytes of their fields. The server is blocked meanwhile. */
const STEP = { entries: 1_000, bytes: 8 * 1024 * 1024 };
/** The maximum number of script calls for a count that is useful but not required. */
const CHEAP_STEPS = 50;

/**
 * Counts the entries above an id.
 *
 * - Keys: the stream.
 * - Parameters: the id, the last id, the maximum number of entries, the maximum number of bytes.
 * - Result: the number of entries, the last id counted, and 1 if there are no more entries.
 *
 * Redis counts entries only by loading them. The script loads few at a time, and fewer if they are large.
 */
const COUNT = `
local most, mostBytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local found, loaded, last, step = 0, 0, ARGV[1], 1
while found < most and loaded < mostBytes do
  local asked = math.min(step, most - found)
  local entries = redis.call('XRANGE', KEYS[1], '(' .. last, ARGV[2], 'COUNT', asked)
  local bytes = 0
  for _, entry in ipairs(entries) do
    for _, field in ipairs(entry[2]) do bytes = bytes + #field end
    last = entry[1]
  end
  found = found + #entries
  loaded = loaded + bytes
  if #entries < asked then return {found, last, 1} end
  step = math.max(1, math.min(64, 2 * step, math.floor(262144 * #entries / (bytes + 1))))
end
return {found, last, 0}
`;

/** The number of entries with ids above `from`, up to and including `to`. */
export async function countBetween(connection: Connection, topic: string, from: EntryId, to: EntryId): Promise<number> {
  let counted = 0;
  for await (counted of counting(connection, topic, from, to));
  return counted;
}

/**
 * The number of entries that no member has received. Uses the server's `lag` only if counting shows it to be plausible.
 */
export async function undelivered(
  connection: Connection,
  topic: string,
  { length, firstId, lastId, delivered, lag }: Pick<GroupState, 'length' | 'firstId' | 'lastId' | 'delivered' | 'lag'>,
): Promise<number> {
  if (firstId === undefined || compareIds(delivered, lastId) >= 0) return 0;
  if (compareIds(delivered, firstId) < 0) return length;
  // The server's lag is wrong after entries were removed unread and after XGROUP SETID.
  let before = 0;
  for await (const counted of counting(connection, topic, delivered, '+')) {
    if (before > 0 && lag !== null && lag > before && lag <= length) return lag;
    before = counted;
  }
  return before;
}

/**
 * The number of entries ever added to the stream with ids up to `id`, counted from the nearer end of the stream.
 * `undefined` if counting would take too long, or if the server has lost count.
 */
export async function entriesUpTo(
  connection: Connection,
  topic: string,
  id: EntryId,
  { length, entriesAdded, firstId, lastId, maxDeletedId }: GroupState,
): Promise<number | undefined> {
  if (entriesAdded === 0 || compareIds(maxDeletedId, id) > 0) return undefined;
  if (compareIds(id, lastId) >= 0) return entriesAdded;
  if (firstId === undefined || compareIds(id, firstId) < 0) return entriesAdded - length;
  const above = counting(connection, topic, id, lastId);
  const below = counting(connection, topic, firstId, id);
  let [over, under] = [0, 0];
  for (let step = 0; step < CHEAP_STEPS; step += 1) {
    const [up, down] = [await above.next(), await below.next()];
    if (up.done === true) return entriesAdded - over;
    if (down.done === true) return entriesAdded - length + 1 + under;
    [over, under] = [up.value, down.value];
  }
  return undefined;
}

/** Yields the running total after each step. The last number is the result. */
async function* counting(
  connection: Connection,
  topic: string,
  from: EntryId,
  to: EntryId,
): AsyncGenerator<number, void> {
  let counted = 0;
  let last = from;
  for (;;) {
    const answer = await connection.run(COUNT, [topic], last, to, STEP.entries, STEP.bytes);
    const [found, newest, isAll] = answer as [number, EntryId, number];
    counted += found;
    last = newest;
    yield counted;
    if (isAll === 1) return;
  }
}
