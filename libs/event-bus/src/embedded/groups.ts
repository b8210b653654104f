import type { Start } from '../core/backend.js';
import { AdminError } from '../core/errors.js';
import { afterMove, compareNumbers, type Range } from '../core/passed.js';
import { monotonicMs } from './clock.js';
import { type Database, type Row, theRow, type Value } from './database.js';
import { dismiss, isDead, membersOf } from './members.js';
import type { RequestOf, ResultOf, Target } from './protocol.js';
import { positionAt, theTopic, type Topic, topicFor } from './topics.js';

export interface Group {
  readonly id: number;
  readonly topic: Topic;
  readonly cursor: number;
  /** Where it began after its last move, or at all. */
  readonly since: number;
  /** What it had settled before that. */
  readonly passed: readonly Range<number>[];
}

/** Answers with whether the group was made. */
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

/** Throws `AdminError` when the topic or the group is unknown. */
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
    const unsettled = database.number('SELECT count(*) FROM pending WHERE consumer_group = ?', group.id) ?? 0;
    const end = group.topic.nextPosition;
    return { position: positionOf(database, group), end, behind: unsettled + end - group.cursor };
  });
}

/** Throws `AdminError` while the group has members or when the target does not fit. */
export function move(
  database: Database,
  { topic, group: name, to, dryRun, once }: RequestOf<'move'>,
): ResultOf<'move'> {
  return database.write('fsync', () => {
    const group = theGroup(database, topic, name);
    if (once !== undefined && wasMoved(database, group, once)) return null;
    const members = membersOf(database, group.id);
    const now = monotonicMs();
    const living = members.filter((member) => !isDead(member, now)).map((member) => member.name);
    if (living.length > 0) {
      throw new AdminError(
        `Group ${name} on topic ${topic} has members: ${living.join(', ')}. Stop them, then move it.`,
      );
    }
    const from = positionOf(database, group);
    const cursor = targetOf(database, group.topic, to);
    const moved = { from, to: cursor, ...figures(database, group, cursor) };
    if (dryRun) return moved;
    dismiss(
      database,
      group.id,
      members.map((member) => member.id),
    );
    database.run('DELETE FROM pending WHERE consumer_group = ?', group.id);
    const { since, ranges } = afterMove({ since: group.since, ranges: group.passed }, moved, compareNumbers);
    const sql = 'UPDATE consumer_group SET cursor = ?, since = ?, passed = ? WHERE id = ?';
    database.run(sql, cursor, since, JSON.stringify(ranges), group.id);
    if (once !== undefined) database.run('INSERT INTO moved_once VALUES (?, ?)', group.id, once);
    return moved;
  });
}

function wasMoved(database: Database, { id }: Group, once: string): boolean {
  return database.all('SELECT 1 FROM moved_once WHERE consumer_group = ? AND reason = ?', id, once).length > 0;
}

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
  const sql = `SELECT g.id, g.cursor, g.since, g.passed, t.id, t.name, t.next_position, t.last_timestamp
    FROM consumer_group g JOIN topic t ON t.id = g.topic WHERE ${condition}`;
  return database.all(sql, ...parameters);
}

function groupOf(row: Row): Group {
  const [id, cursor, since, passed, topic, name, nextPosition, lastTimestamp] = row;
  const ranges: unknown = passed === '[]' ? [] : JSON.parse(String(passed));
  return { id, cursor, since, passed: ranges, topic: { id: topic, name, nextPosition, lastTimestamp } } as Group;
}

/** Everything before it is settled. */
function positionOf(database: Database, { id, cursor }: Group): number {
  return database.number('SELECT min(position) FROM pending WHERE consumer_group = ?', id) ?? cursor;
}

function startOf(database: Database, topic: Topic, start: Start): number {
  if (start === 'earliest') return 0;
  return start === 'latest' ? topic.nextPosition : positionAt(database, topic, start.getTime());
}

function targetOf(database: Database, topic: Topic, to: Target): number {
  if (to === 'start') return 0;
  if (to === 'end') return topic.nextPosition;
  if ('time' in to) return positionAt(database, topic, to.time);
  const position = /^\d{1,15}$/.test(to.position) ? Number(to.position) : Infinity;
  if (position <= topic.nextPosition) return position;
  throw new AdminError(
    `"${to.position}" is no position on topic ${topic.name}: allowed are whole numbers from 0 to ${topic.nextPosition}, its end.`,
  );
}
