import type { Database } from './database.js';
import { listTaken } from './range-claims.js';

export interface Member {
  readonly id: number;
  readonly name: string;
  readonly leaseMs: number;
  readonly leaseUntil: number;
}

/** Answers with the id of the new member; `now` on the machine's monotonic clock. */
export function enter(database: Database, group: number, name: string, leaseMs: number, now: number): number {
  for (const { id } of membersOf(database, group)) listTaken(database, id);
  const sql = 'INSERT INTO group_member (consumer_group, name, lease_ms, lease_until) VALUES (?, ?, ?, ?)';
  database.run(sql, group, name, leaseMs, now + leaseMs);
  const member = database.number('SELECT last_insert_rowid()') ?? 0;
  shareWaiting(database, group);
  database.run('UPDATE consumer_group SET idle_ms = 0 WHERE id = ?', group);
  return member;
}

/** In the order in which they joined. */
export function membersOf(database: Database, group: number): readonly Member[] {
  const sql = 'SELECT id, name, lease_ms, lease_until FROM group_member WHERE consumer_group = ? ORDER BY id';
  const rows = database.all(sql, group);
  return rows.map(([id, name, leaseMs, leaseUntil]) => ({ id, name, leaseMs, leaseUntil }) as Member);
}

/** A lease that ends later than it could is one from before the machine was started. */
export function isDead({ leaseMs, leaseUntil }: Member, now: number): boolean {
  return leaseUntil <= now || leaseUntil > now + leaseMs;
}

/** Ends memberships whose lease ran out, and shares out what they held among those that stay. */
export function dismiss(database: Database, group: number, members: readonly number[]): void {
  end(database, group, members, 'abandoned + (1 - is_waiting)');
}

/** Ends memberships that gave back what they held, which is shared out among those that stay. */
export function release(database: Database, group: number, members: readonly number[]): void {
  end(database, group, members, 'abandoned');
}

/** `abandoned` is SQL for what becomes of that column. */
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

/** The group of a member, or `undefined` when it is none any more. */
export function groupOf(database: Database, member: number): number | undefined {
  return database.number('SELECT consumer_group FROM group_member WHERE id = ?', member);
}

/** Begins the lease anew; answers with whether the member was one. */
export function renew(database: Database, member: number, now: number): boolean {
  return database.run('UPDATE group_member SET lease_until = ? + lease_ms WHERE id = ?', now, member) > 0;
}

/** SQL for the member to which a number falls; two parameters: the ids of all members as JSON, and how many they are. */
export function memberFor(number: string): string {
  return `json_extract(?, '$[' || CAST(${number} % ? AS INTEGER) || ']')`;
}

/** To be done after every change of the members. What is in hand stays there; that its key waits for it is up to the claims. */
function shareWaiting(database: Database, group: number): void {
  const members = membersOf(database, group).map(({ id }) => id);
  if (members.length === 0) {
    database.run('UPDATE pending SET member = 0 WHERE consumer_group = ? AND is_waiting = 1', group);
    return;
  }
  const sql = `UPDATE pending SET member = ${memberFor('ifnull(key_hash, position)')} WHERE consumer_group = ? AND is_waiting = 1`;
  database.run(sql, JSON.stringify(members), members.length, group);
}
