import type { Database } from './database.js';

/** How many records may wait for other members: one that makes no headway must not drain the topic into `pending`. */
const WAITING_FOR_OTHERS = 10_000;

/**
 * What waits for a member and may be handed to it: records of a key that is in nobody else's hands. After a change of the members a key
 * may fall to another one, which then waits until the first has settled what it holds. Parameters: the group, the member.
 */
const FREE_FOR = `FROM pending p WHERE p.consumer_group = ? AND p.member = ? AND p.is_waiting = 1 AND NOT EXISTS (
  SELECT 1 FROM pending o
  WHERE o.consumer_group = p.consumer_group AND o.key_hash = p.key_hash AND o.member <> p.member AND o.is_waiting = 0
)`;

/** A suspect: more members than one vanished with it in hand, so that it may be what ends them. As the index says it. */
const IS_SUSPECT = 'abandoned > 1';

/** A record that waits for a member. */
interface Waiting {
  readonly position: number;
  /** How many members vanished with it in hand. */
  readonly abandoned: number;
}

/** Up to `limit` records that may be handed to a member which is not {@link isHeldUp}, oldest first; a suspect comes alone. */
export function nextFor(database: Database, group: number, member: number, limit: number): readonly Waiting[] {
  const sql = `SELECT p.position, p.abandoned, p.${IS_SUSPECT} ${FREE_FOR} ORDER BY p.position LIMIT ?`;
  const rows = database.all(sql, group, member, limit);
  const suspect = rows.findIndex(([, , isSuspect]) => isSuspect === 1);
  const next = suspect === -1 ? rows : rows.slice(0, Math.max(suspect, 1));
  return next.map(([position, abandoned]) => ({ position, abandoned }) as Waiting);
}

/**
 * Whether a member gets nothing until it has settled more: a suspect is in its hands, or comes next.
 *
 * A suspect is handed over alone. Otherwise members would vanish with all that they have besides, which would be taken for suspects too.
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

/** Whether anything waits for a member of the group. */
export function isAnyWaiting(database: Database, group: number): boolean {
  return database.all('SELECT 1 FROM pending WHERE consumer_group = ? AND is_waiting = 1 LIMIT 1', group).length > 0;
}

/** How many records may be handed to the member, suspects included. */
export function countFree(database: Database, group: number, member: number, atMost: number): number {
  return database.number(`SELECT count(*) FROM (SELECT 1 ${FREE_FOR} LIMIT ?)`, group, member, atMost) ?? 0;
}

/** Whether so much waits for the other members that nothing more is to be shared out. */
export function isTooMuchWaiting(database: Database, group: number, member: number): boolean {
  const sql = 'SELECT count(*) FROM pending WHERE consumer_group = ? AND is_waiting = 1 AND member <> ?';
  return (database.number(sql, group, member) ?? 0) >= WAITING_FOR_OTHERS;
}
