import type { Database } from '../log/database.js';

/** A range of positions that one member has claimed: `from` ≤ position < `until`. */
interface Taken {
  readonly group: number;
  readonly topic: number;
  readonly from: number;
  readonly until: number;
}

/** Claims `from` ≤ position < `until` for the only member of a group. The range must follow the one that it holds. */
export function take(database: Database, member: number, from: number, until: number): void {
  const sql = `UPDATE group_member SET taken_from = CASE WHEN taken_from = taken_until THEN ? ELSE taken_from END, taken_until = ?
    WHERE id = ? AND (taken_from = taken_until OR taken_until = ?)`;
  if (database.run(sql, from, until, member, from) === 1) return;
  listTaken(database, member);
  take(database, member, from, until);
}

/**
 * Settles the positions that are in the member's range. Returns the others.
 *
 * Unsettled records before them move to `pending`. So a normal turn writes one row, and stragglers cost a row each.
 */
export function settleTaken(database: Database, member: number, positions: readonly number[]): readonly number[] {
  const taken = takenBy(database, member);
  const settled = new Set(positions.filter((position) => position >= taken.from && position < taken.until));
  if (settled.size === 0) return positions;
  const next = positions.reduce((last, position) => (settled.has(position) ? Math.max(last, position) : last), 0) + 1;
  const isPrefix = next - taken.from === settled.size;
  if (!isPrefix) list(database, member, { ...taken, until: next }, [...settled]);
  database.run('UPDATE group_member SET taken_from = ? WHERE id = ?', next, member);
  return positions.filter((position) => !settled.has(position));
}

/** Writes the member's range into `pending`, one row per record. */
export function listTaken(database: Database, member: number): void {
  const taken = takenBy(database, member);
  if (taken.from === taken.until) return;
  list(database, member, taken, []);
  database.run('UPDATE group_member SET taken_from = taken_until WHERE id = ?', member);
}

function list(
  database: Database,
  member: number,
  { group, topic, from, until }: Taken,
  except: readonly number[],
): void {
  const sql = `INSERT INTO pending SELECT ?, position, key_hash, ?, 0, 0 FROM record_${topic}
    WHERE position >= ? AND position < ? AND position NOT IN (SELECT value FROM json_each(?))`;
  database.run(sql, group, member, from, until, JSON.stringify(except));
}

function takenBy(database: Database, member: number): Taken {
  const [row] = database.all(
    `SELECT g.id, g.topic, m.taken_from, m.taken_until
      FROM group_member m JOIN consumer_group g ON g.id = m.consumer_group WHERE m.id = ?`,
    member,
  );
  const [group = 0, topic = 0, from = 0, until = 0] = (row ?? []) as number[];
  return { group, topic, from, until };
}
