import type { Start } from '../../core/backend.js';
import { AdminError } from '../../core/errors.js';
import { afterMove, compareNumbers, type Range } from '../../core/member/settled-ranges.js';
import { monotonicMs } from '../thread/clock.js';
import { type Database, type Row, theRow, type Value } from '../log/database.js';
import { dismiss, isDead, type Member, membersOf } from './members.js';
import type { RequestOf, ResultOf, Target } from '../thread/protocol.js';
import { positionAt } from '../topics/times.js';
import { firstPosition, type Topic } from '../topics/topic.js';
import { theTopic, topicFor } from '../topics/topics.js';

export interface Group {
  readonly id: number;
  readonly name: string;
  readonly topic: Topic;
  readonly cursor: number;
  /** The position at which the group started, originally or after its last move. */
  readonly since: number;
  /** The ranges settled before that. */
  readonly passed: readonly Range<number>[];
  /** How long the group has had no member, as of the last look, in ms. */
  readonly idleMs: number;
}

/** Creates the group, and the topic if it does not exist. Returns whether the group is new. */
export function createGroup(database: Database, { topic: topicName, group, start }: RequestOf<'createGroup'>): boolean {
  return database.write('fsync', () => {
    const topic = topicFor(database, topicName);
    if (findGroup(database, topicName, group) !== undefined) return false;
    const cursor = startOf(database, topic, start);
    const sql = 'INSERT INTO consumer_group (topic, name, cursor, since) VALUES (?, ?, ?, ?)';
    database.run(sql, topic.id, group, cursor, cursor);
    return true;
  });
}

/** The group. Throws `AdminError` if the topic or the group does not exist. */
export function theGroup(database: Database, topic: string, name: string): Group {
  theTopic(database, topic);
  const group = findGroup(database, topic, name);
  if (group !== undefined) return group;
  throw new AdminError(
    `There is no group ${name} on topic ${topic} in the event log ${database.path}. Check the name.`,
  );
}

export function groupById(database: Database, id: number): Group {
  return groupOf(theRow(select(database, 'g.id = ?', id), database.path));
}

export function positions(database: Database, { topic, group: name }: RequestOf<'positions'>): ResultOf<'positions'> {
  return database.read(() => {
    const group = theGroup(database, topic, name);
    const listed = database.number('SELECT count(*) FROM pending WHERE consumer_group = ?', group.id) ?? 0;
    const taken =
      database.number('SELECT sum(taken_until - taken_from) FROM group_member WHERE consumer_group = ?', group.id) ?? 0;
    const end = group.topic.nextPosition;
    const position = positionOf(database, group);
    return { position, end, behind: listed + taken + end - group.cursor, oldestAt: timeAt(database, group, position) };
  });
}

/** Implements `Admin.groups`. */
export function groupsWithMembers(database: Database, { topic }: RequestOf<'groups'>): ResultOf<'groups'> {
  return database.read(() =>
    groupsOf(database, theTopic(database, topic).id).map(({ id, name }) => ({
      group: name,
      members: livingOf(membersOf(database, id)),
    })),
  );
}

/** Implements `Admin.move`. Throws `AdminError` if the group has members or if the target is invalid. */
export function move(
  database: Database,
  { topic, group: name, to, dryRun, once }: RequestOf<'move'>,
): ResultOf<'move'> {
  return database.write('fsync', () => {
    const group = theGroup(database, topic, name);
    if (once !== undefined && wasMoved(database, group, once)) return null;
    const members = membersOf(database, group.id);
    const living = livingOf(members);
    if (living.length > 0) {
      throw new AdminError(
        `Group ${name} on topic ${topic} has members: ${living.join(', ')}. Stop them, then move it.`,
      );
    }
    // Needed in a dry run too: claimed ranges are counted only after they are listed.
    const dead = members.map((member) => member.id);
    dismiss(database, group.id, dead);
    const from = positionOf(database, group);
    const cursor = targetOf(database, group.topic, to);
    const moved = { from, to: cursor, ...figures(database, group, cursor) };
    if (dryRun) return moved;
    database.run('DELETE FROM pending WHERE consumer_group = ?', group.id);
    const { since, ranges } = afterMove({ since: group.since, ranges: group.passed }, moved, compareNumbers);
    const sql = 'UPDATE consumer_group SET cursor = ?, since = ?, passed = ? WHERE id = ?';
    database.run(sql, cursor, since, JSON.stringify(ranges), group.id);
    if (once !== undefined) database.run('INSERT INTO moved_once VALUES (?, ?)', group.id, once);
    return moved;
  });
}

/** The number of unsettled records removed since the last call. Call it inside a write. */
export function takeRemoved(database: Database, group: number): number {
  const removed = database.number('SELECT removed FROM consumer_group WHERE id = ?', group) ?? 0;
  if (removed > 0) database.run('UPDATE consumer_group SET removed = 0 WHERE id = ?', group);
  return removed;
}

/** The groups of one topic. */
export function groupsOf(database: Database, topic: number): readonly Group[] {
  return select(database, 't.id = ?', topic).map(groupOf);
}

/** The names of the members whose lease has not expired. */
function livingOf(members: readonly Member[]): readonly string[] {
  const now = monotonicMs();
  return members.filter((member) => !isDead(member, now)).map(({ name }) => name);
}

function wasMoved(database: Database, { id }: Group, once: string): boolean {
  return database.all('SELECT 1 FROM moved_once WHERE consumer_group = ? AND reason = ?', id, once).length > 0;
}

/** The numbers of a move for a group without members. All its unsettled records before the cursor are in `pending`. */
function figures(
  database: Database,
  { id, cursor }: Group,
  to: number,
): { readonly again: number; readonly skipped: number } {
  const unsettled = (side: '<' | '>=') =>
    database.number(`SELECT count(*) FROM pending WHERE consumer_group = ? AND position ${side} ?`, id, to) ?? 0;
  return {
    again: Math.max(0, cursor - to - unsettled('>=')),
    skipped: unsettled('<') + Math.max(0, to - cursor),
  };
}

function findGroup(database: Database, topic: string, name: string): Group | undefined {
  const [row] = select(database, 't.name = ? AND g.name = ?', topic, name);
  return row && groupOf(row);
}

function select(database: Database, condition: string, ...parameters: readonly Value[]): readonly Row[] {
  const sql = `SELECT g.id, g.name, g.cursor, g.since, g.passed, g.idle_ms, t.id, t.name, t.next_position, t.last_timestamp
    FROM consumer_group g JOIN topic t ON t.id = g.topic WHERE ${condition}`;
  return database.all(sql, ...parameters);
}

function groupOf(row: Row): Group {
  const [id, name, cursor, since, passed, idleMs, topic, topicName, nextPosition, lastTimestamp] = row;
  const ranges: unknown = passed === '[]' ? [] : JSON.parse(String(passed));
  return {
    ...{ id, name, cursor, since, passed: ranges, idleMs },
    topic: { id: topic, name: topicName, nextPosition, lastTimestamp },
  } as Group;
}

/** When the record at the position was made, in ms since 1970; `null` if there is none. */
function timeAt(database: Database, { topic }: Group, position: number): number | null {
  return database.number(`SELECT timestamp FROM record_${topic.id} WHERE position = ?`, position) ?? null;
}

/** The position before which everything is settled. */
export function positionOf(database: Database, { id, cursor }: Group): number {
  const sql = `SELECT min(first) FROM (
      SELECT min(position) AS first FROM pending WHERE consumer_group = ?
      UNION ALL SELECT min(taken_from) FROM group_member WHERE consumer_group = ? AND taken_from < taken_until
    )`;
  return database.number(sql, id, id) ?? cursor;
}

function startOf(database: Database, topic: Topic, start: Start): number {
  if (start === 'earliest') return firstPosition(database, topic);
  return start === 'latest' ? topic.nextPosition : positionAt(database, topic, start.getTime());
}

function targetOf(database: Database, topic: Topic, to: Target): number {
  if (to === 'end') return topic.nextPosition;
  const first = firstPosition(database, topic);
  if (to === 'start') return first;
  if ('time' in to) return positionAt(database, topic, to.time);
  const position = /^\d{1,15}$/.test(to.position) ? Number(to.position) : Infinity;
  if (position >= first && position <= topic.nextPosition) return position;
  const why = position < first ? `was removed from topic ${topic.name}` : `is no position on topic ${topic.name}`;
  throw new AdminError(
    `"${to.position}" ${why}: allowed are whole numbers from ${first}, its oldest record, to ${topic.nextPosition}, its end.`,
  );
}
