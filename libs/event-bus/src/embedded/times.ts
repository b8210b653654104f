import type { Database } from './database.js';
import { firstPosition, type Topic } from './topic.js';

/** A clock that shows an earlier time is wrong, in ms since 1970: this code is younger. */
const EARLIEST_MS = Date.UTC(2025, 0, 1);
/** By so much a clock may be set back, or two readings of it differ, without any of them being wrong, in ms. */
const SLACK_MS = 60_000;

/**
 * The time at which a record is made, by a reading of the clock; the one before it in its topic was made at `last`. In ms since 1970.
 *
 * Times of a topic rise, except where a clock was ahead: from then on they are right again.
 */
export function timeOfNext(now: number, last: number): number {
  const wasAhead = last > now + SLACK_MS && now >= EARLIEST_MS;
  return now >= last || wasAhead ? now : last;
}

/** Remembers that the record at that position has an earlier time than the one before it. */
export function noteSetBack(database: Database, topic: number, position: number): void {
  database.run('INSERT INTO set_back VALUES (?, ?)', topic, position);
}

/** To be called when the records up to that position are removed. */
export function forgetSetBacks(database: Database, topic: number, last: number): void {
  database.run('DELETE FROM set_back WHERE topic = ? AND position <= ?', topic, last + 1);
}

/**
 * The position of the first record made at or after a time, or where the next one will lie.
 *
 * A record whose time is still to come was made by a clock that was ahead, nobody knows when: it counts as made between its neighbors.
 */
export function positionAt(database: Database, topic: Topic, time: number, now = Date.now()): number {
  const latest = latestTime(now);
  if (time > latest) return topic.nextPosition;
  /** Where those from the future begin that lie directly before the segment. */
  let ahead: number | undefined;
  for (const [from, until] of risingSegments(database, topic)) {
    const found = firstFrom(database, topic, time, [from, until]);
    const future = firstFrom(database, topic, latest + 1, [found, until]);
    if (found < future) return found === from ? (ahead ?? found) : found;
    if (future === until) ahead = undefined;
    else if (future > from) ahead = future;
    else ahead ??= from;
  }
  return ahead ?? topic.nextPosition;
}

/** When a record was made, in ms since 1970; where its own time is still to come, that of the next one whose time is not. */
export function timeAt(database: Database, topic: Topic, position: number, now = Date.now()): number {
  const sql = `SELECT timestamp FROM record_${topic.id} WHERE position = ?
    UNION ALL SELECT * FROM (
      SELECT r.timestamp FROM set_back s JOIN record_${topic.id} r ON r.position = s.position
        WHERE s.topic = ? AND s.position > ? ORDER BY s.position
    )`;
  const times = database.all(sql, position, topic.id, position).map(([time]) => time as number);
  return times.find((time) => time <= latestTime(now)) ?? now;
}

/** Records with later times come from a clock that was ahead. When our own is behind, nobody can tell. */
function latestTime(now: number): number {
  return now < EARLIEST_MS ? Infinity : now + SLACK_MS;
}

type Segment = readonly [from: number, until: number];

/** The parts of a topic in which times rise. */
function risingSegments(database: Database, topic: Topic): readonly Segment[] {
  const first = firstPosition(database, topic);
  const sql = 'SELECT position FROM set_back WHERE topic = ? AND position > ? ORDER BY position';
  const starts = [first, ...database.all(sql, topic.id, first).map(([position]) => position as number)];
  return starts.map((start, n) => [start, starts[n + 1] ?? topic.nextPosition]);
}

/** The position of the first record of a segment made at or after a time, or the segment's end. */
function firstFrom(database: Database, { id }: Topic, time: number, [from, until]: Segment): number {
  let low = from;
  let high = until;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const timestamp = database.number(`SELECT timestamp FROM record_${id} WHERE position = ?`, middle) ?? 0;
    if (timestamp < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
