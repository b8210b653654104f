import type { ReceivedRecord, Subscription } from 'nest-event-bus/core';
import type { Sql } from './database.js';
import { lockGroup, theGroup } from './groups.js';
import { received, type Row } from './topics.js';

/** The most positions from the oldest unsettled record to the newest in hand. It limits what a turn reads. */
const MAX_SPREAD = 10_000;

/** One membership. Its id is never used again. */
export interface Member extends Subscription {
  readonly id: string;
  readonly leaseMs: number;
}

/** Settles, renews the lease, takes up to `want` records. `isNew`: it joined now and lost its earlier records. */
export async function takeTurn(sql: Sql, member: Member, finished: readonly string[], want: number) {
  const { id, topic, group } = member;
  const members = await lockGroup(sql, topic, group);
  const renewed = await sql`
    UPDATE event_bus.member SET lease_until = clock_timestamp() + ${member.leaseMs} * interval '1 ms',
      held = held - ${ranges(finished)}::int8multirange WHERE id = ${id} RETURNING id`;
  const isNew = renewed.length === 0;
  if (isNew)
    await sql`
      INSERT INTO event_bus.member
      VALUES (${id}, ${member.member}, ${topic}, ${group}, clock_timestamp() + ${member.leaseMs} * interval '1 ms')`;
  else if (finished.length > 0)
    await sql`
      UPDATE event_bus.consumer_group SET done = done + ${ranges(finished)}::int8multirange
      WHERE topic = ${topic} AND consumer_group = ${group}`;
  // Other members may be waiting for the keys of the settled records.
  if (finished.length > 0 && members > 1) await sql`SELECT pg_notify('event_bus', ${topic})`;
  return { isNew, records: want > 0 ? await take(sql, member, want) : [] };
}

/** Settles the finished records, returns the others, and ends the membership. */
export async function leave(sql: Sql, member: Member, finished: readonly string[]): Promise<void> {
  await takeTurn(sql, member, finished, 0);
  await sql`DELETE FROM event_bus.member WHERE id = ${member.id}`;
  await sql`SELECT pg_notify('event_bus', ${member.topic})`;
}

/** Takes the oldest records. To keep the order of a key, skips a record while another member holds one of its key. */
async function take(sql: Sql, { id, topic, group }: Member, want: number): Promise<readonly ReceivedRecord[]> {
  const { oldest } = await theGroup(sql, topic, group);
  const rows = await sql<Row>`
    WITH others AS (
      SELECT coalesce(range_agg(held), '{}') AS held FROM event_bus.member
      WHERE topic = ${topic} AND consumer_group = ${group} AND id <> ${id}
    )
    SELECT r.*, position::text, 0 AS partition, passed @> position AS "isReplay",
      CASE position WHEN suspect THEN abandoned ELSE 0 END AS abandoned
    FROM event_bus.record r JOIN event_bus.consumer_group g USING (topic), event_bus.member m, others
    WHERE r.topic = ${topic} AND g.consumer_group = ${group} AND m.id = ${id}
      AND position >= ${oldest} AND position < ${oldest + MAX_SPREAD} AND NOT (done + m.held + others.held) @> position
      AND NOT EXISTS (SELECT FROM event_bus.record o WHERE o.topic = r.topic AND sha256(o.key) = sha256(r.key)
        AND o.position >= ${oldest} AND o.position < r.position AND others.held @> o.position)
    ORDER BY r.position LIMIT ${want}`;
  const taken = ranges(rows.map(({ position }) => position));
  await sql`UPDATE event_bus.member SET held = held + ${taken}::int8multirange WHERE id = ${id}`;
  return rows.map(received);
}

const ranges = (positions: readonly string[]) => `{${positions.map((each) => `[${each},${each}]`).join()}}`;
