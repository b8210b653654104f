import type { Database } from '../log/database.js';
import { listTaken } from './range-claims.js';

export interface Member {
  readonly id: number;
  readonly name: string;
  readonly leaseMs: number;
  readonly leaseUntil: number;
}

/** Adds a member to the group. Returns its id. `now` is a time of the monotonic clock. */
export function enter(database: Database, group: number, name: string, leaseMs: number, now: number): number {
  for (const { id } of membersOf(database, group)) listTaken(database, id);
  const sql = 'INSERT INTO group_member (consumer_group, name, lease_ms, lease_until) VALUES (?, ?, ?, ?)';
  database.run(sql, group, name, leaseMs, now + leaseMs);
  const member = database.number('SELECT last_insert_rowid()') ?? 0;
  shareWaiting(database, group);
  database.run('UPDATE consumer_group SET idle_ms = 0 WHERE id = ?', group);
  return member;
}

/** The members in the order in which they joined. */
export function membersOf(database: Database, group: number): readonly Member[] {
  const sql = 'SELECT id, name, lease_ms, lease_until FROM group_member WHERE consumer_group = ? ORDER BY id';
  const rows = database.all(sql, group);
  return rows.map(([id, name, leaseMs, leaseUntil]) => ({ id, name, leaseMs, leaseUntil }) as Member);
}

/** A lease that ends later than possible is from before the machine was restarted. */
export function isDead({ leaseMs, leaseUntil }: Member, now: number): boolean {
  return leaseUntil <= now || leaseUntil > now + leaseMs;
}

/** Removes members whose lease has expired. Their records go to the remaining members. */
export function dismiss(database: Database, group: number, members: readonly number[]): void {
  end(database, group, members, 'abandoned + (1 - is_waiting)');
}

/** Removes members that left in order. Their records go to the remaining members. */
export function release(database: Database, group: number, members: readonly number[]): void {
  end(database, group, members, 'abandoned');
}

/** `abandoned` is the SQL expression for the new value of that column. */
function end(database: Database, group: number, members: readonly number[], abandoned: string): void {
  if (members.length === 0) return;
  for (const member of members) {
    listTaken(database, member);
    database.run('DELETE FROM group_member WHERE id = ?', member);
    const sql = `UPDATE pending SET abandoned = ${abandoned}, is_waiting = 1 WHERE consumer_group = ? AND member = ?`;
    database.run(sql, group, member);
  }
  shareWaiting(database, group);
}

/** The group of a member, or `undefined` if the membership has ended. */
export function groupOf(database: Database, member: number): number | undefined {
  return database.number('SELECT consumer_group FROM group_member WHERE id = ?', member);
}

/** Renews the lease. Returns false if the membership has ended. */
export function renew(database: Database, member: number, now: number): boolean {
  return database.run('UPDATE group_member SET lease_until = ? + lease_ms WHERE id = ?', now, member) > 0;
}

/** SQL that selects the member for a hash. It has two parameters: the ids of all members as JSON, and their number. */
export function memberFor(number: string): string {
  return `json_extract(?, '$[' || CAST(${number} % ? AS INTEGER) || ']')`;
}

/**
 * Reassigns the waiting records. Call it after every change of the members. Records in hand stay where they are; the
 * claims make later records of their keys wait.
 */
function shareWaiting(database: Database, group: number): void {
  const members = membersOf(database, group).map(({ id }) => id);
  if (members.length === 0) {
    database.run('UPDATE pending SET member = 0 WHERE consumer_group = ? AND is_waiting = 1', group);
    return;
  }
  const sql = `UPDATE pending SET member = ${memberFor('ifnull(key_hash, position)')} WHERE consumer_group = ? AND is_waiting = 1`;
  database.run(sql, JSON.stringify(members), members.length, group);
}
