import { AdminError, type MoveTarget, type OutgoingRecord, type ReceivedRecord } from 'nest-event-bus/core';

import type { Sql } from './database.js';

export async function makeTopic(sql: Sql, topic: string): Promise<void> {
  await sql`INSERT INTO event_bus.topic VALUES (${topic}, 0) ON CONFLICT DO NOTHING`;
}

/**
 * Appends all records or none.
 *
 * Positions do not come from a sequence. It would give 7 to one transaction and 8 to another one that commits first, and a consumer that
 * has read 8 never looks for 7 again. They are counted in the row of their topic, which stays locked until the commit. So positions become
 * visible in order and without gaps. The price: transactions that publish to one topic commit one after the other.
 */
export async function append(sql: Sql, records: readonly OutgoingRecord[]): Promise<readonly string[]> {
  const rows = records.map((record) => ({ ...record, position: 0 }));
  // All publishers lock topics in the same order, so they do not wait for each other in a circle.
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
      ${rows.map(({ headers }) => headersJson(headers))}::json[])`;
  return rows.map(({ position }) => String(position));
}

/** Where the topic ends, and where a target lies. Rejects with `AdminError` when there is no such topic or position. */
export async function locate(sql: Sql, topic: string, to: MoveTarget): Promise<{ next: number; at: number }> {
  const time = to instanceof Date ? to.getTime() : null;
  const [found] = await sql<{ next: number; since: number | null }>`
    SELECT next, (SELECT position FROM event_bus.record r WHERE r.topic = t.topic AND timestamp >= ${time}
      ORDER BY position LIMIT 1) AS since FROM event_bus.topic t WHERE topic = ${topic}`;
  if (found === undefined) throw new AdminError(`There is no topic ${topic}. Check the name and its prefix.`);
  const { next, since } = found;
  if (to === 'start') return { next, at: 0 };
  if (to === 'end' || to instanceof Date) return { next, at: since ?? next };
  if (/^\d+$/.test(to.position) && Number(to.position) <= next) return { next, at: Number(to.position) };
  throw new AdminError(`Topic ${topic} has no position ${to.position}.`);
}

/** Those from the one position to before the other. */
export async function read(sql: Sql, topic: string, from: number, until: number): Promise<readonly ReceivedRecord[]> {
  const rows = await sql<Row>`
    SELECT * FROM event_bus.record
    WHERE topic = ${topic} AND position >= ${from} AND position < ${until} ORDER BY position`;
  return rows.map(received);
}

/** What a query tells of a record. */
export type Row = Omit<ReceivedRecord, 'headers' | 'position' | 'isReplay'> & {
  readonly position: number;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
  readonly isReplay?: boolean;
};

export function received(row: Row): ReceivedRecord {
  const bytes = (value: string | null) => (value === null ? null : Buffer.from(value, 'base64'));
  const headers = row.headers.map(([name, value]) => [name, bytes(value)] as const);
  return { ...row, headers, partition: 0, position: String(row.position), isReplay: row.isReplay ?? false };
}

/** A list, because their order counts and names may repeat. In base64, because JSON has no bytes. */
function headersJson(headers: OutgoingRecord['headers']): string {
  return JSON.stringify(headers.map(([name, value]) => [name, value && Buffer.from(value).toString('base64')]));
}
