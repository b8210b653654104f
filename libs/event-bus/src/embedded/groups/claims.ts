import { emptyBatch, endsOf, readAt, readFrom } from '../records/batch.js';
import { monotonicMs } from '../thread/clock.js';
import type { Database } from '../log/database.js';
import { type Group, groupById } from './groups.js';
import { dismiss, groupOf, isDead, memberFor, membersOf } from './members.js';
import type { Batch, Turn, TurnResult } from '../thread/protocol.js';
import { listTaken, settleTaken, take } from './range-claims.js';
import { countFree, isAnyWaiting, isHeldUp, isTooMuchWaiting, nextFor } from './waiting.js';

interface Claim {
  readonly batch: Batch;
  readonly hasMore: boolean;
  readonly abandoned?: ReadonlyMap<number, number>;
}

const NONE_ABANDONED: ReadonlyMap<number, number> = new Map();

/** Settles and claims records in one transaction. */
export function turn(database: Database, { member, settle, want }: Turn): TurnResult {
  // Only settling needs fsync. A claim that is lost in a crash of the machine is simply repeated.
  return database.write(settle.length > 0 ? 'fsync' : 'process', () => {
    const groupId = groupOf(database, member);
    if (groupId === undefined) return { isMember: false };
    settleAll(database, groupId, member, settle);
    const now = monotonicMs();
    const members = membersOf(database, groupId);
    const dead = members.filter((of) => of.id !== member && isDead(of, now)).map(({ id }) => id);
    dismiss(database, groupId, dead);
    const group = groupById(database, groupId);
    const leaseUntil = members.find(({ id }) => id === member)?.leaseUntil ?? 0;
    const {
      batch,
      hasMore,
      abandoned = NONE_ABANDONED,
    } = claim(database, group, {
      member,
      want,
      members: members.map(({ id }) => id).filter((id) => !dead.includes(id)),
    });
    return { isMember: true, leaseUntil, batch, passed: group.passed, abandoned, hasMore };
  });
}

/** Whether a turn of this member may have a result. Reads only, and takes no lock. */
export function mayClaim(database: Database, member: number): boolean {
  return database.read(() => {
    const groupId = groupOf(database, member);
    if (groupId === undefined) return true;
    const now = monotonicMs();
    if (membersOf(database, groupId).some((of) => of.id !== member && isDead(of, now))) return true;
    if (isHeldUp(database, groupId, member)) return false;
    if (nextFor(database, groupId, member, 1).length > 0) return true;
    const { cursor, topic } = groupById(database, groupId);
    return cursor < topic.nextPosition && !isTooMuchWaiting(database, groupId, member);
  });
}

/** Settles the positions that the member still holds. The id of a membership that has ended matches nothing. */
export function settleAll(database: Database, group: number, member: number, positions: readonly number[]): void {
  if (positions.length === 0) return;
  const listed = settleTaken(database, member, positions);
  if (listed.length === 0) return;
  const sql = `DELETE FROM pending WHERE consumer_group = ? AND member = ? AND is_waiting = 0
    AND position IN (SELECT value FROM json_each(?))`;
  database.run(sql, group, member, JSON.stringify(listed));
}

interface Claimant {
  readonly member: number;
  readonly want: number;
  /** The ids of all members of the group. */
  readonly members: readonly number[];
}

function claim(database: Database, group: Group, claimant: Claimant): Claim {
  if (claimant.want === 0) return { batch: emptyBatch(), hasMore: true };
  if (isHeldUp(database, group.id, claimant.member)) return { batch: emptyBatch(), hasMore: false };
  if (claimant.members.length === 1 && !isAnyWaiting(database, group.id)) return takeNext(database, group, claimant);
  listTaken(database, claimant.member);
  shareNext(database, group, claimant);
  return takeWaiting(database, group, claimant);
}

/** The fast path: a single member with no waiting records claims the next records as one range. */
function takeNext(database: Database, { id, topic, cursor }: Group, { member, want }: Claimant): Claim {
  const batch = readFrom(database, topic.id, cursor, want);
  const ends = endsOf(batch);
  if (ends === undefined) return { batch, hasMore: false };
  const [first, last] = ends;
  take(database, member, first, last + 1);
  setCursor(database, id, last + 1);
  return { batch, hasMore: last + 1 < topic.nextPosition };
}

/**
 * Assigns new records to members by the hash of their key, until this member has enough. It also gets the records
 * without a key.
 */
function shareNext(database: Database, { id, topic, cursor: from }: Group, { member, want, members }: Claimant): void {
  let cursor = from;
  while (cursor < topic.nextPosition) {
    const missing = want - countFree(database, id, member, want);
    if (missing <= 0 || isTooMuchWaiting(database, id, member)) return;
    const end = Math.min(cursor + missing, topic.nextPosition);
    database.run(
      `INSERT INTO pending
        SELECT ?, r.position, r.key_hash, CASE WHEN r.key_hash IS NULL THEN ? ELSE ${memberFor('r.key_hash')} END, 1, 0
        FROM record_${topic.id} r WHERE r.position >= ? AND r.position < ?`,
      ...[id, member, JSON.stringify(members), members.length, cursor, end],
    );
    setCursor(database, id, end);
    cursor = end;
  }
}

/** Claims the oldest records that wait for this member. */
function takeWaiting(database: Database, { id, topic }: Group, { member, want }: Claimant): Claim {
  const waiting = nextFor(database, id, member, want);
  const listed = waiting.map(({ position }) => position);
  const batch = readAt(database, topic.id, listed);
  const ends = endsOf(batch);
  if (ends === undefined) return { batch, hasMore: false };
  const sql = `UPDATE pending SET is_waiting = 0
    WHERE consumer_group = ? AND position IN (SELECT value FROM json_each(?)) AND position <= ?`;
  database.run(sql, id, JSON.stringify(listed), ends[1]);
  const left = waiting.filter(({ abandoned }) => abandoned > 0);
  const abandoned = new Map(left.map(({ position, abandoned: times }) => [position, times]));
  return { batch, hasMore: true, abandoned };
}

function setCursor(database: Database, group: number, cursor: number): void {
  database.run('UPDATE consumer_group SET cursor = ? WHERE id = ?', cursor, group);
}
