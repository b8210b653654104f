import type { GroupMove, MoveTarget } from '../../core/backend.js';
import { AdminError } from '../../core/errors.js';
import { afterMove, compareNumbers } from '../../core/member/settled-ranges.js';
import { commitMetadata, readMemory, reasonHash } from '../consume/commit-metadata.js';
import { placesOf, standingIn, theTopic } from './groups.js';
import { positionText, readPosition } from '../position.js';
import type { Committed, Extent, Admin } from '../port.js';

export interface MoveRequest {
  readonly topic: string;
  readonly group: string;
  readonly to: MoveTarget;
  readonly dryRun: boolean;
  readonly once: string | undefined;
}

/**
 * See `Admin`. A move to a position changes only the partition of that position.
 *
 * The broker accepts the commit only while the group has no members. Several processes may move a group for the same
 * reason at the same time. Until the first of them joins, the others repeat its move. After that their commits are
 * refused, and they find the reason when they look a second time.
 */
export async function moveGroup(admin: Admin, request: MoveRequest): Promise<readonly GroupMove[]> {
  const { topic, group, once, dryRun } = request;
  for (let isSecondLook = false; ; isSecondLook = true) {
    await theTopic(admin, topic);
    const extents = await extentsFor(admin, request);
    const members = await admin.membersOf(group);
    // Look this up last, to keep the time until the commit short.
    const before = await placesOf(admin, topic, group);
    if (once !== undefined && wasMoved(before, once)) return [];
    const targets = await targetsOf(admin, request, extents);
    if (members.length === 0) {
      if (dryRun || (await admin.commit(topic, group, commitsFor(targets, before, once))))
        return movesFor(targets, before, extents);
    }
    if (once === undefined || isSecondLook) throw await hasMembers(admin, group, members);
  }
}

/** The extents that the move needs. For a position, other partitions need not be reachable. */
async function extentsFor(admin: Admin, { topic, to }: MoveRequest): Promise<readonly Extent[]> {
  const position = typeof to === 'string' || to instanceof Date ? undefined : readPosition(to.position);
  if (position === undefined) return admin.extents(topic);
  const { extents, unreachable } = await admin.reachableExtents(topic);
  return unreachable.includes(position.partition) ? admin.extents(topic) : extents;
}

/** Whether any partition remembers the reason. Members that write no metadata may have committed the others. */
function wasMoved(before: ReadonlyMap<number, Committed>, once: string): boolean {
  const hash = reasonHash(once);
  return [...before.values()].some(({ offset, metadata }) => readMemory(offset, metadata).once.includes(hash));
}

function commitsFor(
  targets: ReadonlyMap<number, number>,
  before: ReadonlyMap<number, Committed>,
  once: string | undefined,
): readonly Committed[] {
  const reasons = once === undefined ? [] : [reasonHash(once)];
  return [...targets].map(([partition, to]) => {
    const { offset, metadata = '' } = before.get(partition) ?? {};
    const memory = readMemory(offset ?? 0, metadata);
    // A group without a position has settled nothing.
    const passed = afterMove(memory, { from: offset ?? memory.since, to }, compareNumbers);
    const after = { ...passed, settled: [], once: [...memory.once, ...reasons] };
    return { partition, offset: to, metadata: commitMetadata(to, after) };
  });
}

function movesFor(
  targets: ReadonlyMap<number, number>,
  before: ReadonlyMap<number, Committed>,
  extents: readonly Extent[],
): readonly GroupMove[] {
  return extents.flatMap((extent) => {
    const { partition } = extent;
    const to = targets.get(partition);
    if (to === undefined) return [];
    const { position, from, settled } = standingIn(extent, before.get(partition));
    const settledBelow = settled.filter((each) => each < to).length;
    return [
      {
        partition,
        from: position,
        to: positionText(partition, to),
        again: Math.max(0, from - to) + settled.length - settledBelow,
        skipped: Math.max(0, to - from) - settledBelow,
      },
    ];
  });
}

async function targetsOf(
  admin: Admin,
  { topic, to }: MoveRequest,
  extents: readonly Extent[],
): Promise<ReadonlyMap<number, number>> {
  if (to instanceof Date) return admin.offsetsAt(topic, to);
  if (to === 'start') return new Map(extents.map(({ partition, low }) => [partition, low]));
  if (to === 'end') return new Map(extents.map(({ partition, high }) => [partition, high]));
  const place = readPosition(to.position);
  const extent = extents.find(({ partition }) => partition === place?.partition);
  if (place === undefined || extent === undefined || place.offset < extent.low || place.offset > extent.high) {
    const allowed = extents.map(({ partition, low, high }) => `${partition}:${low} to ${partition}:${high}`);
    throw new AdminError(
      `"${to.position}" is not a position on topic ${topic}; allowed: partition:offset, here ${allowed.join(', ')}.`,
    );
  }
  return new Map([[place.partition, place.offset]]);
}

async function hasMembers(admin: Admin, group: string, seen: readonly string[]): Promise<AdminError> {
  const members = seen.length > 0 ? seen : await admin.membersOf(group);
  const whose = members.length > 0 ? `: ${members.join(', ')}` : '';
  return new AdminError(`Group ${group} has members${whose}. Stop them, then move it.`);
}
