import type { Subscription } from 'nest-event-bus/core';

import type { Session } from './database.js';
import { dismissDead, lockGroup } from './groups.js';
import type { RecordRow } from './topics.js';

/** So many records may wait because their keys are in others' hands; then nothing more is drawn from the log. */
const MAX_WAITING = 1_000;

export type Membership = Pick<Subscription, 'topic' | 'group'> & { readonly id: number; readonly leaseMs: number };

export async function join({ sql }: Session, subscription: Subscription, leaseMs: number): Promise<Membership> {
  const { topic, group, member } = subscription;
  const [made] = await sql<{ id: number }>`
    INSERT INTO event_bus.member (name, topic, consumer_group, lease_until)
    VALUES (${member}, ${topic}, ${group}, clock_timestamp() + ${leaseMs} * interval '1 ms') RETURNING id`;
  return { id: made?.id ?? NaN, topic, group, leaseMs };
}

/** Settles, renews the lease, and resolves with up to `want` more records, oldest first; with `undefined` when the lease had run out. */
export function takeTurn(
  session: Session,
  member: Membership,
  settled: readonly number[],
  want: number,
): Promise<readonly RecordRow[] | undefined> {
  const { sql } = session;
  const { id, topic, group, leaseMs } = member;
  return session.transaction(async () => {
    await lockGroup(session, topic, group);
    const renewed = await sql`
      UPDATE event_bus.member SET lease_until = clock_timestamp() + ${leaseMs} * interval '1 ms'
      WHERE id = ${id} RETURNING id`;
    if (renewed.length === 0) return undefined;
    await dismissDead(session, topic, group);
    await settle(session, member, settled);
    const rows = await claim(session, member, want);
    while (rows.length < want && (await draw(session, member, want - rows.length)))
      rows.push(...(await claim(session, member, want - rows.length)));
    return rows;
  });
}

/** Settles, and gives back all else. */
export function leave(session: Session, member: Membership, settled: readonly number[]): Promise<void> {
  return session.transaction(async () => {
    await lockGroup(session, member.topic, member.group);
    await settle(session, member, settled);
    await session.sql`DELETE FROM event_bus.member WHERE id = ${member.id}`;
    await session.sql`SELECT pg_notify('event_bus', ${member.topic})`;
  });
}

/** Others hear of it when records wait, perhaps for these keys. */
async function settle({ sql }: Session, { id, topic, group }: Membership, settled: readonly number[]): Promise<void> {
  if (settled.length === 0) return;
  await sql`
    DELETE FROM event_bus.claim
    WHERE topic = ${topic} AND consumer_group = ${group} AND owner = ${id} AND position = ANY(${settled})`;
  await sql`
    SELECT pg_notify('event_bus', ${topic}) WHERE EXISTS (SELECT FROM event_bus.claim
      WHERE topic = ${topic} AND consumer_group = ${group} AND owner IS NULL)`;
}

/** Claims records that wait, unless another member has a record of the same key: that one is older. */
function claim({ sql }: Session, { id, topic, group }: Membership, want: number): Promise<RecordRow[]> {
  return sql<RecordRow>`
    WITH free AS (
      SELECT position FROM event_bus.claim c
      WHERE topic = ${topic} AND consumer_group = ${group} AND owner IS NULL AND NOT EXISTS (
        SELECT FROM event_bus.claim o
        WHERE o.topic = c.topic AND o.consumer_group = c.consumer_group AND o.key = c.key AND o.owner <> ${id})
      ORDER BY position LIMIT ${want}
    ), claimed AS (
      UPDATE event_bus.claim c SET owner = ${id} FROM free
      WHERE topic = ${topic} AND consumer_group = ${group} AND c.position = free.position
      RETURNING c.*
    )
    SELECT r.*, c.abandoned, g.passed @> r.position AS "isReplay"
    FROM claimed c JOIN event_bus.consumer_group g USING (topic, consumer_group)
      JOIN event_bus.record r USING (topic, position) ORDER BY position`;
}

/** Draws more records from the log; resolves with whether there were any. */
async function draw({ sql }: Session, { topic, group }: Membership, count: number): Promise<boolean> {
  const drawn = await sql`
    WITH drawn AS (
      INSERT INTO event_bus.claim (topic, consumer_group, position, key)
      SELECT topic, consumer_group, position, sha256(key)
      FROM event_bus.consumer_group g JOIN event_bus.record r USING (topic)
      WHERE topic = ${topic} AND consumer_group = ${group} AND r.position >= g.cursor
        AND (SELECT count(*) FROM event_bus.claim c
          WHERE c.topic = g.topic AND c.consumer_group = g.consumer_group AND owner IS NULL) < ${MAX_WAITING}
      ORDER BY position LIMIT ${count} RETURNING position
    )
    UPDATE event_bus.consumer_group SET cursor = (SELECT max(position) + 1 FROM drawn)
    WHERE topic = ${topic} AND consumer_group = ${group} AND EXISTS (SELECT FROM drawn) RETURNING cursor`;
  return drawn.length > 0;
}
