import { AdminError, type MoveTarget, type OutgoingRecord, type ReceivedRecord } from 'nest-event-bus/core';
import type { Sql } from './database.js';

export async function makeTopic(sql: Sql, topic: string): Promise<void> {
  await sql`INSERT INTO event_bus.topic VALUES (${topic}, 0) ON CONFLICT DO NOTHING`;
}

export const topicNames = async (sql: Sql) =>
  (await sql<{ topic: string }>`SELECT topic FROM event_bus.topic`).map(({ topic }) => topic);

/**
 * Appends all records or none. The row of the topic counts the positions and is locked until the commit, so records
 * become visible in order and without gaps. A sequence could give 7 to one transaction and 8 to one that commits first;
 * a consumer that has read 8 would never read 7. The price: publishers to a topic commit one by one.
 */
export async function append(sql: Sql, records: readonly OutgoingRecord[]): Promise<readonly string[]> {
  const rows = records.map((record) => ({ ...record, position: 0 }));
  // All publishers lock the topics in the same order, so they cannot deadlock.
  for (const topic of [...new Set(rows.map((row) => row.topic))].sort()) {
    const own = rows.filter((row) => row.topic === topic);
    const [counted] = await sql<{ next: number }>`
      INSERT INTO event_bus.topic AS t VALUES (${topic}, ${own.length})
      ON CONFLICT (topic) DO UPDATE SET next = t.next + ${own.length} RETURNING next`;
    for (const [index, row] of own.entries()) row.position = (counted?.next ?? NaN) - own.length + index;
    await sql`SELECT pg_notify('event_bus', ${topic})`;
  }
  await sql`
    INSERT INTO event_bus.record (topic, position, key, value, headers)
    SELECT * FROM unnest(
      ${rows.map(({ topic }) => topic)}::text[], ${rows.map(({ position }) => position)}::bigint[],
      ${rows.map(({ key }) => key)}::bytea[], ${rows.map(({ value }) => value)}::bytea[],
      ${rows.map(headersJson)}::json[])`;
  return rows.map(({ position }) => String(position));
}

/** The end of the topic, and the position of a target. Rejects with `AdminError` if either does not exist. */
export async function locate(sql: Sql, topic: string, to: MoveTarget): Promise<{ next: number; at: number }> {
  const time = to instanceof Date ? to.getTime() : null;
  const [found] = await sql<{ next: number; since: number | null }>`
    SELECT next, (SELECT position FROM event_bus.record r WHERE r.topic = t.topic AND timestamp >= ${time}
      ORDER BY position LIMIT 1) AS since FROM event_bus.topic t WHERE topic = ${topic}`;
  if (found === undefined) throw new AdminError(`There is no topic ${topic}. Check the name and its prefix.`);
  const { next, since } = found;
  if (typeof to === 'string' || to instanceof Date) return { next, at: to === 'start' ? 0 : (since ?? next) };
  if (/^\d+$/.test(to.position) && Number(to.position) <= next) return { next, at: Number(to.position) };
  throw new AdminError(`Topic ${topic} has no position ${to.position}.`);
}

/** Reads the records in `from` ≤ position < `until`. */
export async function read(sql: Sql, topic: string, from: number, until: number): Promise<readonly ReceivedRecord[]> {
  const rows = await sql<Row>`
    SELECT r.*, position::text, 0 AS partition, false AS "isReplay" FROM event_bus.record r
    WHERE topic = ${topic} AND r.position >= ${from} AND r.position < ${until} ORDER BY r.position`;
  return rows.map(received);
}

export type Row = Omit<ReceivedRecord, 'headers'> & {
  readonly headers: readonly [name: string, base64: string | null][];
};

export function received({ headers, ...row }: Row): ReceivedRecord {
  const bytes = (base64: string | null) => (base64 === null ? null : Buffer.from(base64, 'base64'));
  return { ...row, headers: headers.map(([name, base64]) => [name, bytes(base64)]) };
}

/** A list, because the order counts and names may repeat. Base64, because JSON cannot hold bytes. */
const headersJson = ({ headers }: OutgoingRecord) =>
  JSON.stringify(headers.map(([name, value]) => [name, value && Buffer.from(value).toString('base64')]));
