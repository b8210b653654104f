import { crc32 } from 'node:zlib';

import { AdminError } from '../core/errors.js';
import type { Database, Row, Value } from './database.js';
import { type Content, pack, unpack } from './packed.js';
import type { Batch, RequestOf, ResultOf } from './protocol.js';
import { recordTable } from './schema.js';

export interface Topic {
  readonly id: number;
  readonly name: string;
  readonly nextPosition: number;
  readonly lastTimestamp: number;
}

/** A batch ends with the record that reaches so many bytes. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** Takes all records or none; makes topics that are missing. */
export function append(database: Database, { topics, topicOf, packed }: RequestOf<'append'>): readonly number[] {
  const body = () => {
    const tails = topics.map((name) => ({ ...topicFor(database, name), isChanged: false }));
    const now = Date.now();
    const positions: number[] = [];
    for (const [key, value, headers] of unpack(packed)) {
      const tail = tails[topicOf[positions.length] ?? -1];
      if (tail === undefined) throw new RangeError(`record ${positions.length} has no topic`);
      // The clock may be set back; records of a topic are looked up by time, so that theirs never goes back.
      tail.lastTimestamp = Math.max(tail.lastTimestamp, now);
      const sql = `INSERT INTO record_${tail.id} VALUES (?, ?, ?, ?, ?, ?)`;
      database.run(sql, tail.nextPosition, tail.lastTimestamp, key, key === null ? null : hashOf(key), value, headers);
      positions.push(tail.nextPosition);
      tail.nextPosition += 1;
    }
    for (const { id, nextPosition, lastTimestamp } of tails) {
      database.run(
        'UPDATE topic SET next_position = ?, last_timestamp = ? WHERE id = ?',
        nextPosition,
        lastTimestamp,
        id,
      );
    }
    return positions;
  };
  return database.write('fsync', body, { leavesReserve: true });
}

/** Up to `limit` records from a position on, and where the topic ends now. */
export function read(database: Database, { topic: name, from, limit }: RequestOf<'read'>): ResultOf<'read'> {
  return database.read(() => {
    const topic = theTopic(database, name);
    const sizes = `SELECT r.position, ${sizeOf('r')} AS bytes FROM record_${topic.id} r WHERE r.position >= ? ORDER BY r.position LIMIT ?`;
    const last = lastThatFits(database, sizes, from, limit) ?? -1;
    return { ...batchOf(recordsBetween(database, topic, from, last)), end: topic.nextPosition };
  });
}

/** The topic, made when it is missing; runs inside a write. */
export function topicFor(database: Database, name: string): Topic {
  const known = findTopic(database, name);
  if (known !== undefined) return known;
  database.run('INSERT INTO topic (name) VALUES (?)', name);
  const made = theTopic(database, name);
  database.exec(recordTable(made.id));
  return made;
}

/** Throws `AdminError` when there is no such topic. */
export function theTopic(database: Database, name: string): Topic {
  const topic = findTopic(database, name);
  if (topic !== undefined) return topic;
  throw new AdminError(`There is no topic ${name} in the event log ${database.path}. Check the name and its prefix.`);
}

/** The position of the first record made at or after that time, or where the next one will lie. */
export function positionAt(database: Database, { id, nextPosition }: Topic, time: number): number {
  let low = 0;
  let high = nextPosition;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const timestamp = database.number(`SELECT timestamp FROM record_${id} WHERE position = ?`, middle) ?? 0;
    if (timestamp < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** SQL for the bytes of a record in the table of that alias. */
export function sizeOf(alias: string): string {
  return ['key', 'value', 'headers'].map((column) => `ifnull(length(${alias}.${column}), 0)`).join(' + ');
}

/** The last position of a query for position and bytes up to which its records fit one batch, a single one always; `undefined` for no rows. */
export function lastThatFits(database: Database, sizes: string, ...parameters: readonly Value[]): number | undefined {
  const sql = `SELECT max(position) FROM (
      SELECT position, sum(bytes) OVER (ORDER BY position ROWS UNBOUNDED PRECEDING) - bytes AS before FROM (${sizes})
    ) WHERE before < ${BATCH_BYTES}`;
  return database.number(sql, ...parameters);
}

/** Rows for {@link batchOf}, both ends included. */
export function recordsBetween(database: Database, { id }: Topic, first: number, last: number): readonly Row[] {
  const sql = `SELECT position, timestamp, key, value, headers FROM record_${id} WHERE position BETWEEN ? AND ?`;
  return database.all(sql, first, last);
}

/** Packs rows of position, timestamp, key, value, headers. */
export function batchOf(rows: readonly Row[]): Batch {
  return {
    positions: rows.map((row) => row[0] as number),
    timestamps: rows.map((row) => row[1] as number),
    packed: pack(rows.map((row) => [row[2], row[3], row[4]] as unknown as Content)),
  };
}

/** Not negative, and even over any number of members; CRC32 alone is not, for keys that differ in few bits. */
function hashOf(key: Buffer): number {
  let hash = crc32(key);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function findTopic(database: Database, name: string): Topic | undefined {
  const [row] = database.all('SELECT id, next_position, last_timestamp FROM topic WHERE name = ?', name);
  if (row === undefined) return undefined;
  const [id = 0, nextPosition = 0, lastTimestamp = 0] = row as number[];
  return { id, name, nextPosition, lastTimestamp };
}
