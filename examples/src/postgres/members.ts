import type { ReceivedRecord, Subscription } from 'nest-event-bus/core';

import type { Sql } from './database.js';
import { lockGroup, theGroup } from './groups.js';
import { received, type Row } from './topics.js';

/** How far the newest record in hand may lie behind the oldest unsettled one. It bounds what a turn looks through. */
const MAX_SPREAD = 10_000;

/** One life of a member. No other one ever has its id. */
export interface Member extends Pick<Subscription, 'topic' | 'group' | 'member'> {
  readonly id: string;
  readonly leaseMs: number;
}

/** Settles, renews the lease, and takes up to `want` more records, oldest first. `isNew`: what was in hand before is not its own any more. */
export async function takeTurn(sql: Sql, member: Member, finished: readonly string[], want: number) {
  const { id, topic, group, leaseMs } = member;
  const members = await lockGroup(sql, topic, group);
  const { oldest } = await theGroup(sql, topic, group);
  const renewed = await sql`
    UPDATE event_bus.member SET lease_until = clock_timestamp() + ${leaseMs} * interval '1 ms',
      held = held - ${ranges(finished)}::int8multirange WHERE id = ${id} RETURNING id`;
  const isNew = renewed.length === 0;
  if (isNew)
    await sql`
      INSERT INTO event_bus.member
      VALUES (${id}, ${member.member}, ${topic}, ${group}, clock_timestamp() + ${leaseMs} * interval '1 ms')`;
  else if (finished.length > 0) await settle(sql, member, finished);
  // Others may wait for the keys of what is settled.
  if (finished.length > 0 && members > 1) await sql`SELECT pg_notify('event_bus', ${topic})`;
  const records = want > 0 ? await take(sql, member, oldest, want) : [];
  return { isNew, records };
}

/** Settles, and gives back all else. */
export async function leave(sql: Sql, member: Member, finished: readonly string[]): Promise<void> {
  await lockGroup(sql, member.topic, member.group);
  const left = await sql`DELETE FROM event_bus.member WHERE id = ${member.id} RETURNING id`;
  if (left.length > 0) await settle(sql, member, finished);
  await sql`SELECT pg_notify('event_bus', ${member.topic})`;
}

async function settle(sql: Sql, { topic, group }: Member, finished: readonly string[]): Promise<void> {
  await sql`
    UPDATE event_bus.consumer_group SET done = done + ${ranges(finished)}::int8multirange
    WHERE topic = ${topic} AND consumer_group = ${group}`;
}

/** A record whose key another member has in hand waits for it, so their order holds. */
async function take(sql: Sql, member: Member, oldest: number, want: number): Promise<readonly ReceivedRecord[]> {
  const rows = await sql<Row>`
    WITH others AS (
      SELECT coalesce(range_agg(held), '{}') AS held FROM event_bus.member
      WHERE topic = ${member.topic} AND consumer_group = ${member.group} AND id <> ${member.id}
    )
    SELECT r.*, passed @> position AS "isReplay", CASE position WHEN suspect THEN abandoned ELSE 0 END AS abandoned
    FROM event_bus.record r JOIN event_bus.consumer_group USING (topic), event_bus.member m, others
    WHERE r.topic = ${member.topic} AND consumer_group.consumer_group = ${member.group} AND m.id = ${member.id}
      AND position >= ${oldest} AND position < ${oldest + MAX_SPREAD} AND NOT (done + m.held + others.held) @> position
      AND NOT EXISTS (SELECT FROM event_bus.record o WHERE o.topic = r.topic AND sha256(o.key) = sha256(r.key)
        AND o.position >= ${oldest} AND o.position < r.position AND others.held @> o.position)
    ORDER BY position LIMIT ${want}`;
  const records = rows.map(received);
  const taken = ranges(records.map(({ position }) => position));
  await sql`UPDATE event_bus.member SET held = held + ${taken}::int8multirange WHERE id = ${member.id}`;
  return records;
}

function ranges(positions: readonly string[]): string {
  return `{${positions.map((position) => `[${position},${position}]`).join()}}`;
}
