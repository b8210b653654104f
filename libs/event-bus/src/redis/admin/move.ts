import type { GroupMove, MoveTarget } from '../../core/backend.js';
import { AdminError } from '../../core/errors.js';
import { afterMove, type Range } from '../../core/member/settled-ranges.js';
import type { Connection } from '../client/connection.js';
import { countBetween } from './counting.js';
import { compareIds, type EntryId, FIRST_ID, idAfter, idAt, idBefore, parseId } from '../records/entry-id.js';
import { positionAfter, tellLag } from './groups.js';
import { groupKey } from '../keys.js';
import { MOVE } from '../client/scripts.js';
import { type GroupState, groupStateOf } from './group-state.js';

/** The number of pending entries per XPENDING call. */
const PENDING_STEP = 1_000;

export interface MoveRequest {
  readonly topic: string;
  readonly group: string;
  readonly to: MoveTarget;
  readonly dryRun: boolean;
  readonly once: string | undefined;
  /** A member of another implementation counts as living for this long after it was last seen, in ms. */
  readonly livingMs: number;
}

/**
 * Implements `Admin.move`. The reads before the script are safe without a lock: their results change only if another
 * process moves the group, or if a member starts and stops meanwhile.
 */
export async function moveGroup(
  connection: Connection,
  { topic, group, to, dryRun, once = '', livingMs }: MoveRequest,
): Promise<readonly GroupMove[]> {
  const state = await groupStateOf(connection, topic, group);
  const { delivered, lastId, oldestPending } = state;
  const from = oldestPending ?? (await positionAfter(connection, topic, delivered, lastId));
  const target = targetOf(to, { topic, lastId: compareIds(delivered, lastId) > 0 ? delivered : lastId });
  const before = await passedBy(connection, topic, group);
  const { ranges } = afterMove(before, { from, to: idAfter(target) }, compareIds);
  const moved = {
    partition: 0,
    from,
    to: await positionAfter(connection, topic, target, lastId),
    ...(await figures(connection, { topic, group, target, state })),
  };
  const [wasMoved, living] = (await connection.run(
    MOVE,
    [topic, groupKey(topic, group)],
    group,
    dryRun ? '' : target,
    JSON.stringify(ranges),
    livingMs,
    once,
  )) as [number, readonly string[]];
  if (wasMoved === 1) return [];
  if (living.length > 0) {
    throw new AdminError(
      `Group ${group} on topic ${topic} has members: ${living.join(', ')}. Stop them, then move it.`,
    );
  }
  if (!dryRun) await tellLag(connection, topic, group);
  return [moved];
}

/** The ranges settled before the last move, and the id from which the group has settled entries since. */
export async function passedBy(
  connection: Connection,
  topic: string,
  group: string,
): Promise<{ readonly since: EntryId; readonly ranges: readonly Range<EntryId>[] }> {
  const [since, passed] = (await connection.send('HMGET', groupKey(topic, group), 'since', 'passed')) as (
    string | null
  )[];
  return {
    since: idAfter(since ?? FIRST_ID),
    ranges: typeof passed === 'string' ? (JSON.parse(passed) as readonly Range<EntryId>[]) : [],
  };
}

async function figures(
  connection: Connection,
  {
    topic,
    group,
    target,
    state: { delivered, pending },
  }: { readonly topic: string; readonly group: string; readonly target: EntryId; readonly state: GroupState },
): Promise<Pick<GroupMove, 'again' | 'skipped'>> {
  const passed = pending === 0 ? 0 : await countPending(connection, topic, group, target);
  if (compareIds(target, delivered) >= 0)
    return { again: 0, skipped: passed + (await countBetween(connection, topic, delivered, target)) };
  const ahead = await countBetween(connection, topic, target, delivered);
  return { again: Math.max(0, ahead - (pending - passed)), skipped: passed };
}

/** The number of pending entries up to and including `to`. */
async function countPending(connection: Connection, topic: string, group: string, to: EntryId): Promise<number> {
  let counted = 0;
  for (let from = '-'; ;) {
    const found = (await connection.send('XPENDING', topic, group, from, to, PENDING_STEP)) as (readonly [EntryId])[];
    counted += found.length;
    const last = found.at(-1);
    if (last === undefined || found.length < PENDING_STEP) return counted;
    from = `(${last[0]}`;
  }
}

/** The greatest id before the record that the group gets next. */
function targetOf(to: MoveTarget, { topic, lastId }: { readonly topic: string; readonly lastId: EntryId }): EntryId {
  if (to === 'start') return FIRST_ID;
  if (to === 'end') return lastId;
  // A time in the future means the end: records published from now on come next.
  if (to instanceof Date) return smaller(idBefore(idAt(to.getTime())), lastId);
  const id = parseId(to.position);
  if (id !== undefined && compareIds(id, idAfter(lastId)) <= 0) return idBefore(id);
  throw new AdminError(
    `"${to.position}" is no position on topic ${topic}: allowed are entry ids from 0-0 to ${idAfter(lastId)}, its end.`,
  );
}

function smaller(one: EntryId, other: EntryId): EntryId {
  return compareIds(one, other) < 0 ? one : other;
}
