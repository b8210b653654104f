import { crc32 } from 'node:zlib';

import { AdminError } from '../../core/errors.js';
import { readFrom } from '../records/batch.js';
import { type Database, type Row, theRow, type Value } from '../log/database.js';
import { unpack } from '../records/packed.js';
import type { RequestOf, ResultOf } from '../thread/protocol.js';
import { recordTable } from '../log/schema.js';
import { noteSetBack, timeOfNext } from './times.js';
import type { Topic } from './topic.js';

/** The number of rows per statement. With one row each, calls of the driver would cost as much as the insertion. */
const ROWS = 16;
const ROW = '(?, ?, ?, ?, ?, ?)';
const COLUMNS = 6;

interface Tail {
  readonly id: number;
  nextPosition: number;
  lastTimestamp: number;
  /** The values of the rows to insert, one row after another. */
  rows: Value[];
}

/** Appends all records or none. Creates missing topics. Returns the positions. */
export function append(database: Database, { topics, topicOf, packed }: RequestOf<'append'>): readonly number[] {
  const body = () => {
    const tails = topics.map((name): Tail => ({ ...topicFor(database, name), rows: [] }));
    const now = Date.now();
    const positions: number[] = [];
    for (const [key, value, headers] of unpack(packed)) {
      const tail = tails[topicOf[positions.length] ?? -1];
      if (tail === undefined) throw new RangeError(`record ${positions.length} has no topic`);
      const timestamp = timeOfNext(now, tail.lastTimestamp);
      if (timestamp < tail.lastTimestamp) noteSetBack(database, tail.id, tail.nextPosition);
      tail.lastTimestamp = timestamp;
      tail.rows.push(tail.nextPosition, tail.lastTimestamp, key, key === null ? null : hashOf(key), value, headers);
      positions.push(tail.nextPosition);
      tail.nextPosition += 1;
      if (tail.rows.length === ROWS * COLUMNS) insert(database, tail, ROWS);
    }
    for (const tail of tails) {
      while (tail.rows.length > 0) insert(database, tail, 1);
      const sql = 'UPDATE topic SET next_position = ?, last_timestamp = ? WHERE id = ?';
      database.run(sql, tail.nextPosition, tail.lastTimestamp, tail.id);
    }
    return positions;
  };
  return database.write('fsync', body, { leavesReserve: true });
}

function insert(database: Database, tail: Tail, rows: number): void {
  const values = tail.rows.splice(0, rows * COLUMNS);
  database.run(`INSERT INTO record_${tail.id} VALUES ${Array.from({ length: rows }, () => ROW).join(', ')}`, ...values);
}

/** Up to `limit` records from a position on, and the end of the topic. */
export function read(database: Database, { topic: name, from, limit }: RequestOf<'read'>): ResultOf<'read'> {
  return database.read(() => {
    const topic = theTopic(database, name);
    return { batch: readFrom(database, topic.id, from, limit), end: topic.nextPosition };
  });
}

/** The topic, created if it does not exist. Call it inside a write. */
export function topicFor(database: Database, name: string): Topic {
  const known = findTopic(database, name);
  if (known !== undefined) return known;
  database.run('INSERT INTO topic (name) VALUES (?)', name);
  const made = theTopic(database, name);
  database.exec(recordTable(made.id));
  return made;
}

export function allTopics(database: Database): readonly Topic[] {
  return database.all(`${SELECT} ORDER BY id`).map(topicOf);
}

export function topicById(database: Database, id: number): Topic {
  return topicOf(theRow(database.all(`${SELECT} WHERE id = ?`, id), database.path));
}

/** The topic. Throws `AdminError` if it does not exist. */
export function theTopic(database: Database, name: string): Topic {
  const topic = findTopic(database, name);
  if (topic !== undefined) return topic;
  throw new AdminError(`There is no topic ${name} in the event log ${database.path}. Check the name and its prefix.`);
}

/**
 * A hash that is never negative and spreads evenly over any number of members. CRC32 alone does not if keys differ in
 * few bits.
 */
function hashOf(key: Buffer): number {
  let hash = crc32(key);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const SELECT = 'SELECT id, name, next_position, last_timestamp FROM topic';

function findTopic(database: Database, name: string): Topic | undefined {
  const [row] = database.all(`${SELECT} WHERE name = ?`, name);
  return row && topicOf(row);
}

function topicOf([id, name, nextPosition, lastTimestamp]: Row): Topic {
  return { id, name, nextPosition, lastTimestamp } as Topic;
}
