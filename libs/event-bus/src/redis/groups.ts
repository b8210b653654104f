import type { GroupPosition, Start } from '../core/backend.js';
import { AdminError } from '../core/errors.js';
import type { Connection } from './connection.js';
import { compareIds, type EntryId, FIRST_ID, idAfter, idAt, idBefore } from './entry-id.js';
import { isBusyGroup, isNoStream } from './failure.js';
import { groupKey } from './keys.js';
import { pairs } from './replies.js';
import type { Reporter } from './reporter.js';
import { COUNT, CREATE_GROUP, CREATE_STREAM } from './scripts.js';

/** How many entries are counted in one go. */
const COUNT_STEP = 1_000;

/** Where a stream and one of its groups stand. */
export interface Standing {
  readonly length: number;
  /** How many entries the stream ever had. */
  readonly entriesAdded: number;
  readonly firstId: EntryId | undefined;
  readonly lastId: EntryId;
  /** The greatest entry that was deleted by its id, which makes the server lose count. */
  readonly maxDeletedId: EntryId;
  /** The newest entry that was handed to a member. */
  readonly delivered: EntryId;
  /** How many entries the group was given, as the server counts them; `null` when it does not know. */
  readonly entriesRead: number | null;
  readonly lag: number | null;
  readonly pending: number;
  readonly oldestPending: EntryId | undefined;
}

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
  if (position === undefined) return true;
  await connection.send('XGROUP', 'SETID', topic, group, position);
  reporter.restored({ topic, group }, position);
  return false;
}

/** How many entries lie above the one id and not above the other. */
export async function countBetween(connection: Connection, topic: string, from: EntryId, to: EntryId): Promise<number> {
  let counted = 0;
  let last = from;
  for (;;) {
    const [found, newest] = (await connection.run(COUNT, [topic], last, COUNT_STEP, to)) as [number, EntryId];
    counted += found;
    last = newest;
    if (found < COUNT_STEP) return counted;
  }
}

/** Throws `AdminError` when the topic or the group is unknown. */
export async function standingOf(connection: Connection, topic: string, group: string): Promise<Standing> {
  let stream: Readonly<Record<string, unknown>>;
  let groups: readonly unknown[];
  try {
    const answers = await connection.sendAll([
      ['XINFO', 'STREAM', topic],
      ['XINFO', 'GROUPS', topic],
    ]);
    stream = pairs(answers[0]);
    groups = answers[1] as readonly unknown[];
  } catch (error) {
    if (isNoStream(error))
      throw new AdminError(`There is no topic ${topic} at Redis ${connection.where}. Check the name and its prefix.`);
    throw error;
  }
  const found = groups.map(pairs).find(({ name }) => name === group);
  if (found === undefined)
    throw new AdminError(`There is no group ${group} on topic ${topic} at Redis ${connection.where}. Check the name.`);
  const pending = (await connection.send('XPENDING', topic, group)) as readonly unknown[];
  const [count = 0, oldest] = pending as [number?, string?];
  return {
    length: Number(stream['length']),
    entriesAdded: Number(stream['entries-added'] ?? 0),
    firstId: (stream['first-entry'] as readonly [EntryId] | null)?.[0],
    lastId: String(stream['last-generated-id']),
    maxDeletedId: (stream['max-deleted-entry-id'] as EntryId | undefined) ?? FIRST_ID,
    delivered: String(found['last-delivered-id']),
    entriesRead: (found['entries-read'] as number | null | undefined) ?? null,
    lag: (found['lag'] as number | null | undefined) ?? null,
    pending: count,
    oldestPending: oldest ?? undefined,
  };
}

/** Position and lag. Throws `AdminError` when the topic or the group is unknown. */
export async function positionsOf(
  connection: Connection,
  topic: string,
  group: string,
): Promise<readonly GroupPosition[]> {
  const standing = await standingOf(connection, topic, group);
  const { lastId, delivered, oldestPending, pending } = standing;
  const position = oldestPending ?? (await positionAfter(connection, topic, delivered, lastId));
  const behind = pending + (await undelivered(connection, topic, standing));
  return [{ partition: 0, position, end: endOf(delivered, lastId), behind }];
}

/** How many entries no member has got; never what the server guesses where it may be wrong. */
export async function undelivered(
  connection: Connection,
  topic: string,
  { length, firstId, lastId, delivered, lag }: Pick<Standing, 'length' | 'firstId' | 'lastId' | 'delivered' | 'lag'>,
): Promise<number> {
  if (firstId === undefined || compareIds(delivered, lastId) >= 0) return 0;
  if (compareIds(delivered, firstId) < 0) return length;
  // The server is wrong about what was removed before it was read, and about ids that were set by hand.
  let counted = 0;
  let from = delivered;
  for (;;) {
    const [found, last] = (await connection.run(COUNT, [topic], from, COUNT_STEP, '+')) as [number, EntryId];
    counted += found;
    from = last;
    if (found < COUNT_STEP) return counted;
    if (lag !== null && lag > COUNT_STEP && lag <= length) return lag;
  }
}

/** The entry that comes after an id, or the end. */
export async function positionAfter(
  connection: Connection,
  topic: string,
  id: EntryId,
  lastId: EntryId,
): Promise<EntryId> {
  const [next] = (await connection.send('XRANGE', topic, `(${id}`, '+', 'COUNT', 1)) as readonly (readonly [EntryId])[];
  return next?.[0] ?? endOf(id, lastId);
}

/** The smallest id that the next entry may have. */
export function endOf(delivered: EntryId, lastId: EntryId): EntryId {
  return idAfter(compareIds(delivered, lastId) > 0 ? delivered : lastId);
}

function deliveredFor(start: Start): string {
  if (start === 'earliest') return FIRST_ID;
  return start === 'latest' ? '$' : idBefore(idAt(start.getTime()));
}
