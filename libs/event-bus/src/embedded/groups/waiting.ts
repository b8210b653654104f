import type { Database } from '../log/database.js';

/** The most records that may wait for other members. Otherwise a stuck member would drain the topic into `pending`. */
const WAITING_FOR_OTHERS = 10_000;

/**
 * SQL for the records that wait for a member and can be claimed, because no other member holds records of the same key.
 * After the members change, a key may belong to a new member. The new member waits until the old one has settled its
 * records. Parameters: the group, the member.
 */
const FREE_FOR = `FROM pending p WHERE p.consumer_group = ? AND p.member = ? AND p.is_waiting = 1 AND NOT EXISTS (
  SELECT 1 FROM pending o
  WHERE o.consumer_group = p.consumer_group AND o.key_hash = p.key_hash AND o.member <> p.member AND o.is_waiting = 0
)`;

/**
 * A suspect record: more than one member vanished while it held the record, so the record may crash its members. Must
 * be worded like the condition of the index.
 */
const IS_SUSPECT = 'abandoned > 1';

/** A record that waits for a member. */
interface Waiting {
  readonly position: number;
  /** How many members have vanished while they held this record. */
  readonly abandoned: number;
}

/**
 * Up to `limit` records that the member can claim, oldest first. A suspect record comes alone. Call it only if the
 * member is not {@link isHeldUp}.
 */
export function nextFor(database: Database, group: number, member: number, limit: number): readonly Waiting[] {
  const sql = `SELECT p.position, p.abandoned, p.${IS_SUSPECT} ${FREE_FOR} ORDER BY p.position LIMIT ?`;
  const rows = database.all(sql, group, member, limit);
  const suspect = rows.findIndex(([, , isSuspect]) => isSuspect === 1);
  const next = suspect === -1 ? rows : rows.slice(0, Math.max(suspect, 1));
  return next.map(([position, abandoned]) => ({ position, abandoned }) as Waiting);
}

/**
 * Whether the member can claim nothing until it has settled more, because it holds a suspect record, or because a
 * suspect is the next one.
 *
 * A suspect is handed over alone. Otherwise the other records of a member that it crashes would become suspects too.
 */
export function isHeldUp(database: Database, group: number, member: number): boolean {
  const sql = `SELECT is_waiting FROM pending WHERE consumer_group = ? AND member = ? AND ${IS_SUSPECT}`;
  const suspects = database.all(sql, group, member);
  if (suspects.length === 0) return false;
  if (suspects.some(([isWaiting]) => isWaiting === 0)) return true;
  const first = database.number(`SELECT p.${IS_SUSPECT} ${FREE_FOR} ORDER BY p.position LIMIT 1`, group, member);
  return first === 1 && holdsAny(database, group, member);
}

function holdsAny(database: Database, group: number, member: number): boolean {
  const sql = 'SELECT 1 FROM pending WHERE consumer_group = ? AND member = ? AND is_waiting = 0 LIMIT 1';
  return database.all(sql, group, member).length > 0;
}

/** Whether any record waits for a member of the group. */
export function isAnyWaiting(database: Database, group: number): boolean {
  return database.all('SELECT 1 FROM pending WHERE consumer_group = ? AND is_waiting = 1 LIMIT 1', group).length > 0;
}

/** How many records the member can claim, suspects included, up to `atMost`. */
export function countFree(database: Database, group: number, member: number, atMost: number): number {
  return database.number(`SELECT count(*) FROM (SELECT 1 ${FREE_FOR} LIMIT ?)`, group, member, atMost) ?? 0;
}

/** Whether so many records wait for other members that no more are assigned. */
export function isTooMuchWaiting(database: Database, group: number, member: number): boolean {
  const sql = 'SELECT count(*) FROM pending WHERE consumer_group = ? AND is_waiting = 1 AND member <> ?';
  return (database.number(sql, group, member) ?? 0) >= WAITING_FOR_OTHERS;
}
