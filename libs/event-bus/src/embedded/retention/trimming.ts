import { isDeadLetterTopic } from '../../core/topics/dead-letter-topic.js';
import { lastWithin } from '../records/batch.js';
import { monotonicMs } from '../thread/clock.js';
import type { Database } from '../log/database.js';
import { type Group, groupsOf, positionOf } from '../groups/groups.js';
import { dismiss, isDead, membersOf } from '../groups/members.js';
import { forgetSetBacks, positionAt, timeAt } from '../topics/times.js';
import { firstPosition, type Topic } from '../topics/topic.js';
import { allTopics, topicById } from '../topics/topics.js';

/** The most records that one transaction removes. Publishers wait meanwhile. */
export const STEP_RECORDS = 500;

/** The number of unsettled records that a group lost. */
export interface Removed {
  readonly group: Group;
  readonly count: number;
}

/**
 * The result of one transaction: the number of removed records, and the groups without members that had not settled
 * some.
 */
export interface Step {
  readonly records: number;
  readonly unsettled: readonly Removed[];
}

export const NO_STEP: Step = { records: 0, unsettled: [] };

export interface Look {
  readonly everyMs: number;
  readonly groupExpiryMs: number;
  /** In ms since 1970. */
  readonly now: number;
  /** A time of the monotonic clock, in ms. */
  readonly monotonicNow: number;
}

/** The share of the expiry after which a group is close to it. */
const WARNED_AFTER = 0.8;

/** Whether the group is close to its expiry and has not expired. */
export function isClose({ idleMs }: Group, groupExpiryMs: number): boolean {
  return idleMs > groupExpiryMs * WARNED_AFTER && idleMs <= groupExpiryMs;
}

/**
 * Adds the time since the last look to the idle time of every group without members, but at most twice `everyMs`. So
 * neither a pause in the use of the log nor a changed clock makes a group expire. A group expires only after a look has
 * found it close to its expiry.
 *
 * Returns all groups, or `undefined` if the last look was less than `everyMs` ago.
 */
export function lookAtGroups(
  database: Database,
  { everyMs, groupExpiryMs, now, monotonicNow }: Look,
): readonly Group[] | undefined {
  return database.write('process', () => {
    const lookedAt = database.number('SELECT looked_at FROM retention') ?? 0;
    const sinceMs = now - lookedAt;
    if (sinceMs >= 0 && sinceMs < everyMs) return undefined;
    database.run('UPDATE retention SET looked_at = ?', now);
    const passedMs = lookedAt === 0 ? 0 : Math.min(Math.max(sinceMs, 0), 2 * everyMs);
    return allTopics(database).flatMap(({ id }) => {
      return groupsOf(database, id).map((group) => {
        const mayExpire = group.idleMs > groupExpiryMs * WARNED_AFTER;
        const longestMs = mayExpire ? Infinity : groupExpiryMs;
        const idleMs = hasMembers(database, group.id, monotonicNow) ? 0 : Math.min(group.idleMs + passedMs, longestMs);
        if (idleMs !== group.idleMs)
          database.run('UPDATE consumer_group SET idle_ms = ? WHERE id = ?', idleMs, group.id);
        return { ...group, idleMs };
      });
    });
  });
}

/**
 * Removes up to {@link STEP_RECORDS} records of a topic that are older than `before`, in ms since 1970, and lie before
 * the position `until`.
 */
export function trimByAge(
  database: Database,
  id: number,
  { before, until = Infinity, groupExpiryMs }: { before: number; until?: number; groupExpiryMs: number },
): Step {
  return database.write('process', () => {
    const topic = topicById(database, id);
    return trim(database, topic, Math.min(until, positionAt(database, topic, before)), groupExpiryMs);
  });
}

/** Removes up to {@link STEP_RECORDS} of the oldest records that no group holds. Dead letters stay. */
export function trimOldest(database: Database, groupExpiryMs: number): Step {
  return database.write('process', () => {
    let oldest: { readonly topic: Topic; readonly timestamp: number } | undefined;
    for (const topic of allTopics(database)) {
      if (isDeadLetterTopic(topic.name)) continue;
      const first = firstPosition(database, topic);
      if (first === topic.nextPosition) continue;
      const timestamp = timeAt(database, topic, first);
      if (timestamp >= (oldest?.timestamp ?? Infinity)) continue;
      if (heldFrom(database, topic, groupExpiryMs) > first) oldest = { topic, timestamp };
    }
    return oldest === undefined ? NO_STEP : trim(database, oldest.topic, oldest.topic.nextPosition, groupExpiryMs);
  });
}

/** The first position that an unexpired group holds. */
export function heldFrom(database: Database, topic: Topic, groupExpiryMs: number): number {
  const holding = groupsOf(database, topic.id).filter(
    ({ id, idleMs }) => idleMs <= groupExpiryMs || hasMembers(database, id, monotonicMs()),
  );
  return Math.min(topic.nextPosition, ...holding.map((group) => positionOf(database, group)));
}

/** Checks the leases again, because a suspended member may have returned since the last look. */
function hasMembers(database: Database, group: number, monotonicNow: number): boolean {
  return membersOf(database, group).some((member) => !isDead(member, monotonicNow));
}

function trim(database: Database, topic: Topic, until: number, groupExpiryMs: number): Step {
  const from = firstPosition(database, topic);
  const end = Math.min(until, heldFrom(database, topic, groupExpiryMs));
  const last = lastWithin(database, topic.id, { from, until: end, limit: STEP_RECORDS });
  if (last === undefined) return NO_STEP;
  const unsettled = groupsOf(database, topic.id)
    .filter((group) => positionOf(database, group) <= last)
    .map((group) => ({ group, count: passOver(database, group, from, last) }));
  // Deleted last, because `passOver` still reads the records of vanished members.
  database.run(`DELETE FROM record_${topic.id} WHERE position <= ?`, last);
  forgetSetBacks(database, topic.id, last);
  return { records: last - from + 1, unsettled };
}

/** Moves a group without living members behind `last`. Returns the number of its unsettled records. */
function passOver(database: Database, { id, cursor }: Group, first: number, last: number): number {
  const members = membersOf(database, id).map((member) => member.id);
  dismiss(database, id, members);
  const listed = database.run('DELETE FROM pending WHERE consumer_group = ? AND position <= ?', id, last);
  const count = listed + Math.max(0, last + 1 - Math.max(cursor, first));
  const sql = 'UPDATE consumer_group SET cursor = max(cursor, ?), removed = removed + ? WHERE id = ?';
  database.run(sql, last + 1, count, id);
  return count;
}
