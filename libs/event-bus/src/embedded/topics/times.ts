import type { Database } from '../log/database.js';
import { firstPosition, type Topic } from './topic.js';

/** A clock that shows an earlier time is wrong, because this code did not exist then. In ms since 1970. */
const EARLIEST_MS = Date.UTC(2025, 0, 1);
/** A clock may be set back by this time, or two readings may differ by it, without being wrong, in ms. */
const SLACK_MS = 60_000;

/**
 * The time for the next record of a topic, in ms since 1970. `now` is the clock, `last` the time of the previous
 * record.
 *
 * Times rise within a topic, except after a clock was ahead: then they return to the right time.
 */
export function timeOfNext(now: number, last: number): number {
  const wasAhead = last > now + SLACK_MS && now >= EARLIEST_MS;
  return now >= last || wasAhead ? now : last;
}

/** Records that the record at `position` has an earlier time than the one before it. */
export function noteSetBack(database: Database, topic: number, position: number): void {
  database.run('INSERT INTO set_back VALUES (?, ?)', topic, position);
}

/** Call this when the records up to `last` are removed. */
export function forgetSetBacks(database: Database, topic: number, last: number): void {
  database.run('DELETE FROM set_back WHERE topic = ? AND position <= ?', topic, last + 1);
}

/**
 * The position of the first record created at or after `time`, or of the next record to be published.
 *
 * If the time of a record is in the future, the clock of its publisher was ahead. Such a record counts as created
 * between its neighbors.
 */
export function positionAt(database: Database, topic: Topic, time: number, now = Date.now()): number {
  const latest = latestTime(now);
  if (time > latest) return topic.nextPosition;
  /** The first of the records from the future that come directly before the segment. */
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

/** The time of a record, in ms since 1970. If that is in the future, the time of the next record that is not. */
export function timeAt(database: Database, topic: Topic, position: number, now = Date.now()): number {
  const sql = `SELECT timestamp FROM record_${topic.id} WHERE position = ?
    UNION ALL SELECT * FROM (
      SELECT r.timestamp FROM set_back s JOIN record_${topic.id} r ON r.position = s.position
        WHERE s.topic = ? AND s.position > ? ORDER BY s.position
    )`;
  const times = database.all(sql, position, topic.id, position).map(([time]) => time as number);
  return times.find((time) => time <= latestTime(now)) ?? now;
}

/**
 * Records with later times come from a clock that was ahead. `Infinity` if our own clock is behind, because then nobody
 * knows.
 */
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

/** The position of the first record of the segment at or after `time`, or the end of the segment. */
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
