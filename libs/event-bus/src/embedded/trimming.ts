import { isDeadLetterTopic } from '../core/dead-letter-topic.js';
import { lastWithin } from './batch.js';
import { monotonicMs } from './clock.js';
import type { Database } from './database.js';
import { type Group, groupsOf, positionOf } from './groups.js';
import { dismiss, isDead, membersOf } from './members.js';
import { forgetSetBacks, positionAt, timeAt } from './times.js';
import { firstPosition, type Topic } from './topic.js';
import { allTopics, topicById } from './topics.js';

/** How many records one transaction removes at most: publishers wait for it. */
export const STEP_RECORDS = 500;

/** Records that a group had not settled when they were removed. */
export interface Removed {
  readonly group: Group;
  readonly count: number;
}

/** What one transaction did: how many records it removed, and which of them groups without members had not settled. */
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
  /** On the machine's monotonic clock. */
  readonly monotonicNow: number;
}

/** How much of the expiry must be over before a group is said to be close to it. */
const WARNED_AFTER = 0.8;

/** Whether a group is so long without members that somebody should be told, and not yet too long. */
export function isClose({ idleMs }: Group, groupExpiryMs: number): boolean {
  return idleMs > groupExpiryMs * WARNED_AFTER && idleMs <= groupExpiryMs;
}

/**
 * Adds to every group's time without members what has passed since the last look, at most twice `everyMs`: neither a time in which nobody
 * used the log nor a clock that is set makes groups look abandoned. No group expires that was not close to it at a look before.
 *
 * Answers with all groups, or with `undefined` when somebody has looked less than `everyMs` ago.
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

/** Removes some of the records of one topic that were made before a time, in ms since 1970, and lie before a position. */
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

/** Removes some of the oldest records of all that no group holds, dead letters aside. */
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

/** Where the first record lies that a group holds which has not expired. */
export function heldFrom(database: Database, topic: Topic, groupExpiryMs: number): number {
  const holding = groupsOf(database, topic.id).filter(
    ({ id, idleMs }) => idleMs <= groupExpiryMs || hasMembers(database, id, monotonicMs()),
  );
  return Math.min(topic.nextPosition, ...holding.map((group) => positionOf(database, group)));
}

/** A member that was frozen may have come back since the last look. */
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
  // Last, because what a vanished member had in hand is listed from the records themselves.
  database.run(`DELETE FROM record_${topic.id} WHERE position <= ?`, last);
  forgetSetBacks(database, topic.id, last);
  return { records: last - from + 1, unsettled };
}

/** The group, which has no living member, goes on behind that position; answers with how many records it had not settled. */
function passOver(database: Database, { id, cursor }: Group, first: number, last: number): number {
  const members = membersOf(database, id).map((member) => member.id);
  dismiss(database, id, members);
  const listed = database.run('DELETE FROM pending WHERE consumer_group = ? AND position <= ?', id, last);
  const count = listed + Math.max(0, last + 1 - Math.max(cursor, first));
  const sql = 'UPDATE consumer_group SET cursor = max(cursor, ?), removed = removed + ? WHERE id = ?';
  database.run(sql, last + 1, count, id);
  return count;
}
