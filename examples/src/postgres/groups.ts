import {
  AdminError,
  type GroupMove,
  type GroupPosition,
  type MoveOptions,
  type MoveTarget,
  type Start,
} from 'nest-event-bus/core';

import type { Session } from './database.js';
import { locate, makeTopic } from './topics.js';

/** Resolves with whether the group was made. */
export async function makeGroup(session: Session, topic: string, group: string, start: Start): Promise<boolean> {
  await makeTopic(session, topic);
  const { at } = await locate(session, topic, start === 'earliest' ? 'start' : start === 'latest' ? 'end' : start);
  const made = await session.sql`
    INSERT INTO event_bus.consumer_group (topic, consumer_group, cursor, since)
    VALUES (${topic}, ${group}, ${at}, ${at}) ON CONFLICT DO NOTHING RETURNING topic`;
  return made.length > 0;
}

/** All changes of a group wait for one another here. Rejects with `AdminError` when there is no such topic or group. */
export async function lockGroup(session: Session, topic: string, group: string) {
  const [found] = await session.sql<{ cursor: number; moved_for: readonly string[] }>`
    SELECT cursor, moved_for FROM event_bus.consumer_group
    WHERE topic = ${topic} AND consumer_group = ${group} FOR UPDATE`;
  if (found !== undefined) return found;
  await locate(session, topic, 'end');
  throw new AdminError(`There is no group ${group} on topic ${topic}. Check the name.`);
}

/** Gives back what members hold whose lease ran out. Resolves with how many others there are. The caller has locked the group. */
export async function dismissDead({ sql }: Session, topic: string, group: string): Promise<number> {
  const members = await sql<{ id: number; dead: boolean }>`
    SELECT id, lease_until < clock_timestamp() AS dead FROM event_bus.member
    WHERE topic = ${topic} AND consumer_group = ${group}`;
  const dead = members.filter((member) => member.dead).map(({ id }) => id);
  if (dead.length > 0) {
    await sql`
      UPDATE event_bus.claim c SET abandoned = abandoned + 1 WHERE owner = ANY(${dead})
      AND NOT EXISTS (SELECT FROM event_bus.claim o WHERE o.owner = c.owner AND o.position < c.position)`;
    await sql`DELETE FROM event_bus.member WHERE id = ANY(${dead})`;
    await sql`SELECT pg_notify('event_bus', ${topic})`;
  }
  return members.length - dead.length;
}

export async function position(session: Session, topic: string, group: string): Promise<GroupPosition> {
  const [found] = await session.sql<{ next: number; position: number; behind: number }>`
    SELECT next, coalesce(min(c.position), cursor) AS position, next - cursor + count(c.position) AS behind
    FROM event_bus.consumer_group JOIN event_bus.topic USING (topic) LEFT JOIN event_bus.claim c USING (topic, consumer_group)
    WHERE topic = ${topic} AND consumer_group = ${group} GROUP BY next, cursor`;
  if (found === undefined) throw await lockGroup(session, topic, group).then(() => new AdminError('changed'));
  return { partition: 0, position: String(found.position), end: String(found.next), behind: found.behind };
}

/** See `Admin`. */
export function move(
  session: Session,
  topic: string,
  group: string,
  to: MoveTarget,
  { dryRun = false, once }: MoveOptions = {},
): Promise<readonly GroupMove[]> {
  const { sql } = session;
  return session.transaction(async () => {
    const { cursor, moved_for } = await lockGroup(session, topic, group);
    if (once !== undefined && moved_for.includes(once)) return [];
    const members = await dismissDead(session, topic, group);
    if (members > 0) throw new AdminError(`Group ${group} on topic ${topic} has ${members} members. Stop them first.`);
    const { position: from, behind } = await position(session, topic, group);
    const { next, at } = await locate(session, topic, to);
    const claims = await sql`
      SELECT FROM event_bus.claim WHERE topic = ${topic} AND consumer_group = ${group} AND position < ${at}`;
    const skipped = claims.length + Math.max(0, at - cursor);
    if (!dryRun) {
      await sql`DELETE FROM event_bus.claim WHERE topic = ${topic} AND consumer_group = ${group}`;
      await sql`
        UPDATE event_bus.consumer_group SET passed = passed + int8multirange(int8range(since, ${from})),
          cursor = ${at}, since = ${at}, moved_for = moved_for || ${once === undefined ? [] : [once]}::text[]
        WHERE topic = ${topic} AND consumer_group = ${group}`;
    }
    return [{ partition: 0, from, to: String(at), again: next - at - behind + skipped, skipped }];
  });
}
