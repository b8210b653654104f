import {
  AdminError,
  type MoveTarget,
  type OutgoingRecord,
  type Position,
  type ReceivedRecord,
} from 'nest-event-bus/core';

import type { Database, Session } from './database.js';

const READ_RECORDS = 500;

export async function makeTopic({ sql }: Session, topic: string): Promise<void> {
  await sql`INSERT INTO event_bus.topic VALUES (${topic}, 0) ON CONFLICT DO NOTHING`;
}

/**
 * Appends all records or none; makes topics that are missing.
 *
 * Positions do not come from a sequence. It would give 7 to one transaction and 8 to another one that commits first, and a consumer that
 * has read 8 never looks for 7 again. They are counted in the row of their topic, which stays locked until the commit. So positions become
 * visible in order and without gaps. The price: transactions that publish to one topic commit one after the other.
 */
export function append(
  { sql, transaction }: Session,
  records: readonly OutgoingRecord[],
): Promise<readonly Position[]> {
  return transaction(async () => {
    const rows = records.map((record) => ({ ...record, position: 0 }));
    // All publishers lock topics in the same order, so they do not wait for each other in a circle.
    for (const topic of [...new Set(rows.map((row) => row.topic))].sort()) {
      const own = rows.filter((row) => row.topic === topic);
      const [counted] = await sql<{ next: number }>`
        INSERT INTO event_bus.topic VALUES (${topic}, ${own.length})
        ON CONFLICT (topic) DO UPDATE SET next = topic.next + ${own.length} RETURNING next`;
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
  });
}

/** Where the topic ends, and where a target lies. Rejects with `AdminError` when there is no such topic or position. */
export async function locate({ sql }: Session, topic: string, to: MoveTarget): Promise<{ next: number; at: number }> {
  const time = to instanceof Date ? to.getTime() : null;
  const [found] = await sql<{ next: number; at: number | null }>`
    SELECT next, (SELECT position FROM event_bus.record r WHERE r.topic = t.topic AND timestamp >= ${time}
      ORDER BY position LIMIT 1) AS at FROM event_bus.topic t WHERE topic = ${topic}`;
  if (found === undefined) throw new AdminError(`There is no topic ${topic}. Check the name and its prefix.`);
  const { next } = found;
  if (to instanceof Date || to === 'end') return { next, at: found.at ?? next };
  if (to === 'start') return { next, at: 0 };
  if (/^\d+$/.test(to.position) && Number(to.position) <= next) return { next, at: Number(to.position) };
  throw new AdminError(`Topic ${topic} has no position ${to.position}.`);
}

/** Up to where the topic ends when the reading begins. */
export async function* read(database: Database, topic: string): AsyncGenerator<ReceivedRecord> {
  const { next } = await database.use((session) => locate(session, topic, 'end'));
  for (let from = 0; from < next; from += READ_RECORDS) {
    const rows = await database.use(
      ({ sql }) => sql<RecordRow>`
        SELECT * FROM event_bus.record WHERE topic = ${topic}
        AND position >= ${from} AND position < ${Math.min(next, from + READ_RECORDS)} ORDER BY position`,
    );
    yield* rows.map(received);
  }
}

/** As queries give it. */
export interface RecordRow extends Omit<ReceivedRecord, 'position' | 'partition' | 'headers'> {
  readonly position: number;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
}

export function received(row: RecordRow): ReceivedRecord {
  const headers = row.headers.map(([name, value]) => [name, value === null ? null : Buffer.from(value, 'base64')] as const);
  return { ...{ isReplay: false }, ...row, partition: 0, position: String(row.position), headers };
}

/** A list, because the order counts and names may repeat; in base64, because JSON has no bytes. */
function headersJson(headers: OutgoingRecord['headers']): string {
  return JSON.stringify(headers.map(([name, value]) => [name, value && Buffer.from(value).toString('base64')]));
}
