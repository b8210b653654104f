import type { Start } from '../core/backend.js';
import { AdminError } from '../core/errors.js';
import { monotonicMs } from './clock.js';
import { type Database, type Row, theRow, type Value } from './database.js';
import { dismiss, isDead, membersOf } from './members.js';
import type { RequestOf, ResultOf, Target } from './protocol.js';
import { firstPosition, positionAt, theTopic, type Topic, topicFor } from './topics.js';

export interface Group {
  readonly id: number;
  readonly name: string;
  readonly topic: Topic;
  readonly cursor: number;
  readonly replayUntil: number;
  /** For how long it has had no member, in ms, as of the last look. */
  readonly idleMs: number;
}

/** Answers with whether the group was made. */
export function createGroup(database: Database, { topic: topicName, group, start }: RequestOf<'createGroup'>): boolean {
  return database.write('fsync', () => {
    const topic = topicFor(database, topicName);
    if (findGroup(database, topicName, group) !== undefined) return false;
    const cursor = startOf(database, topic, start);
    database.run('INSERT INTO consumer_group (topic, name, cursor) VALUES (?, ?, ?)', topic.id, group, cursor);
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
    const listed = database.number('SELECT count(*) FROM pending WHERE consumer_group = ?', group.id) ?? 0;
    const taken =
      database.number('SELECT sum(taken_until - taken_from) FROM group_member WHERE consumer_group = ?', group.id) ?? 0;
    const end = group.topic.nextPosition;
    return { position: positionOf(database, group), end, behind: listed + taken + end - group.cursor };
  });
}

/** Throws `AdminError` while the group has members or when the target does not fit. */
export function move(database: Database, { topic, group: name, to, dryRun }: RequestOf<'move'>): ResultOf<'move'> {
  return database.write('fsync', () => {
    const group = theGroup(database, topic, name);
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
    if (dryRun) return { from, to: cursor };
    const dead = members.map((member) => member.id);
    dismiss(database, group.id, dead);
    database.run('DELETE FROM pending WHERE consumer_group = ?', group.id);
    const replayUntil = Math.max(group.replayUntil, from);
    database.run('UPDATE consumer_group SET cursor = ?, replay_until = ? WHERE id = ?', cursor, replayUntil, group.id);
    return { from, to: cursor };
  });
}

/** How many records were removed that the group had not settled, since this was last asked; to be done in a write. */
export function takeRemoved(database: Database, group: number): number {
  const removed = database.number('SELECT removed FROM consumer_group WHERE id = ?', group) ?? 0;
  if (removed > 0) database.run('UPDATE consumer_group SET removed = 0 WHERE id = ?', group);
  return removed;
}

/** Those of one topic. */
export function groupsOf(database: Database, topic: number): readonly Group[] {
  return select(database, 't.id = ?', topic).map(groupOf);
}

function findGroup(database: Database, topic: string, name: string): Group | undefined {
  const [row] = select(database, 't.name = ? AND g.name = ?', topic, name);
  return row && groupOf(row);
}

function select(database: Database, condition: string, ...parameters: readonly Value[]): readonly Row[] {
  const sql = `SELECT g.id, g.name, g.cursor, g.replay_until, g.idle_ms, t.id, t.name, t.next_position, t.last_timestamp
    FROM consumer_group g JOIN topic t ON t.id = g.topic WHERE ${condition}`;
  return database.all(sql, ...parameters);
}

function groupOf(row: Row): Group {
  const [id, name, cursor, replayUntil, idleMs, topic, topicName, nextPosition, lastTimestamp] = row;
  return {
    ...{ id, name, cursor, replayUntil, idleMs },
    topic: { id: topic, name: topicName, nextPosition, lastTimestamp },
  } as Group;
}

/** Everything before it is settled. */
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
