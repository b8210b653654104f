import type { GroupPosition, TopicGroup } from '../../core/backend.js';
import { lagOf } from '../../core/lag.js';
import { tableLines } from '../table.js';
import { ageText } from './age.js';

/** A group of a topic and its lag, at a time in ms since 1970. */
export interface GroupSample extends TopicGroup {
  readonly topic: string;
  readonly at: number;
  readonly positions: readonly GroupPosition[];
}

/** A group as it is printed as JSON. `lagSeconds` is the age of its oldest unsettled event; see `Lag`. */
export interface GroupLine extends TopicGroup {
  readonly topic: string;
  readonly lag: number;
  readonly lagSeconds: number | null;
  /** What the group does about its lag. */
  readonly state: string;
}

/** Returns a group as it is printed as JSON. */
export function groupLine({ topic, group, members, at, positions }: GroupSample): GroupLine {
  const { events: lag, seconds: lagSeconds } = lagOf(at, positions);
  return { topic, group, members, lag, lagSeconds, state: stateOf({ members, lag, positions }) };
}

/** Returns the groups as a table. */
export function groupTable(groups: readonly GroupLine[]): readonly string[] {
  const rows = groups.map(({ topic, group, members, lag, lagSeconds, state }) => [
    topic,
    group,
    `${members.length}`,
    `${lag}`,
    ageText(lagSeconds),
    state,
  ]);
  return tableLines([['topic', 'group', 'members', 'lag', 'oldest', 'state'], ...rows], LEFT);
}

/** The columns with text. */
const LEFT: ReadonlySet<number> = new Set([0, 1, 5]);

function stateOf({
  members,
  lag,
  positions,
}: Pick<GroupSample, 'members' | 'positions'> & Pick<GroupLine, 'lag'>): string {
  const without = positions.filter(({ position }) => position === null).length;
  if (without > 0) return without === positions.length ? 'no position' : `no position in ${without} partitions`;
  if (lag === 0) return 'up to date';
  return members.length > 0 ? 'consuming' : 'waits for a member';
}
