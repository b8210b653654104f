import { AdminError, type GroupMove, type MoveOptions, type MoveTarget, type Start } from 'nest-event-bus/core';
import type { Sql } from './database.js';
import { locate, makeTopic } from './topics.js';

/** Creates the group. Resolves with whether it is new. */
export async function makeGroup(sql: Sql, topic: string, group: string, start: Start): Promise<boolean> {
  await makeTopic(sql, topic);
  const { at } = await locate(sql, topic, start === 'earliest' ? 'start' : start === 'latest' ? 'end' : start);
  const made = await sql`
    INSERT INTO event_bus.consumer_group (topic, consumer_group, done, since)
    VALUES (${topic}, ${group}, int8multirange(int8range(-1, ${at})), ${at}) ON CONFLICT DO NOTHING RETURNING topic`;
  return made.length > 0;
}

/** Implements `Admin.groups`. */
export async function groupsOn(sql: Sql, topic: string) {
  await locate(sql, topic, 'end');
  return sql<{ group: string; members: string[] }>`SELECT * FROM event_bus.topic_group WHERE topic = ${topic}`;
}

/** The state of the group. Rejects with `AdminError` if the topic or the group does not exist. */
export async function theGroup(sql: Sql, topic: string, group: string) {
  const [found] = await sql<{ next: number; oldest: number; at: number | null; behind: number; moved_for: string[] }>`
    SELECT next, oldest, moved_for, next + 1 - (SELECT sum(upper(r) - lower(r)) FROM unnest(done) r)::bigint AS behind,
      (SELECT timestamp FROM event_bus.record r WHERE r.topic = ${topic} AND position = oldest) AS at
    FROM event_bus.consumer_group NATURAL JOIN event_bus.topic, LATERAL (SELECT min(upper(r)) oldest FROM unnest(done) r) o
    WHERE topic = ${topic} AND consumer_group = ${group}`;
  if (found !== undefined) return found;
  await locate(sql, topic, 'end');
  throw new AdminError(`There is no group ${group} on topic ${topic}. Check the name.`);
}

/** Locks the group until the end of the transaction. Removes members without a lease; resolves with the number left. */
export async function lockGroup(sql: Sql, topic: string, group: string): Promise<number> {
  await sql`SELECT FROM event_bus.consumer_group WHERE topic = ${topic} AND consumer_group = ${group} FOR UPDATE`;
  await sql`
    WITH dead AS (DELETE FROM event_bus.member WHERE topic = ${topic} AND consumer_group = ${group}
      AND lease_until < clock_timestamp() RETURNING lower(held) AS oldest)
    UPDATE event_bus.consumer_group SET suspect = oldest,
      abandoned = CASE suspect WHEN oldest THEN abandoned ELSE 0 END + 1 FROM (SELECT min(oldest) AS oldest FROM dead) d
    WHERE topic = ${topic} AND consumer_group = ${group} AND oldest >= 0 RETURNING pg_notify('event_bus', topic)`;
  return (await sql`SELECT FROM event_bus.member WHERE topic = ${topic} AND consumer_group = ${group}`).length;
}

/** Implements `Admin.move`. */
export async function move(sql: Sql, topic: string, group: string, to: MoveTarget, options: MoveOptions = {}) {
  const members = await lockGroup(sql, topic, group);
  const { next, oldest, behind, moved_for: reasons } = await theGroup(sql, topic, group);
  if (reasons.some((reason) => reason === options.once)) return [];
  if (members > 0) throw new AdminError(`Group ${group} on topic ${topic} has ${members} members. Stop them first.`);
  const { at } = await locate(sql, topic, to);
  const before = await sql<{ count: number }>`
    SELECT upper(r) - lower(r) AS count FROM event_bus.consumer_group,
      unnest(done * int8multirange(int8range(0, ${at}))) r WHERE topic = ${topic} AND consumer_group = ${group}`;
  const skipped = before.reduce((left, { count }) => left - count, at);
  if (options.dryRun !== true)
    await sql`
      UPDATE event_bus.consumer_group SET passed = passed + int8multirange(int8range(since, ${oldest})), since = ${at},
        done = int8multirange(int8range(-1, ${at})), moved_for = moved_for || ${[options.once ?? []].flat()}::text[]
      WHERE topic = ${topic} AND consumer_group = ${group}`;
  const again = next - at - behind + skipped;
  return [{ partition: 0, from: String(oldest), to: String(at), again, skipped }] satisfies GroupMove[];
}
