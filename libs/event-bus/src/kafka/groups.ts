import type { GroupMove, GroupPosition, MoveTarget, ReceivedRecord, Start } from '../core/backend.js';
import { AdminError, UnavailableError } from '../core/errors.js';
import type { Client, Committed, Extent, Office } from './port.js';
import { commitMetadata, readMemory } from './commit-metadata.js';
import { positionText, readPosition } from './position.js';
import { receivedRecord } from './received.js';

/** See `Admin`. */
export async function createGroup(client: Client, topic: string, group: string, start: Start): Promise<boolean> {
  const { office } = client;
  await office.createTopic(topic);
  const { isNew, commits } = await missingPlaces(office, { topic, group, start });
  if (commits.length === 0) return false;
  if (await office.commit(topic, group, commits)) return isNew;
  return createAsMember(client, { topic, group, start });
}

interface NewGroup {
  readonly topic: string;
  readonly group: string;
  readonly start: Start;
}

/** Where the group has to begin in the partitions where it has no place. */
async function missingPlaces(
  office: Office,
  { topic, group, start }: NewGroup,
): Promise<{ readonly isNew: boolean; readonly commits: readonly Committed[] }> {
  // In this order: whatever is published once somebody's commit is there lies behind the ends that were looked up before it.
  const extents = await office.extents(topic);
  const offsets = start instanceof Date ? await office.offsetsAt(topic, start) : undefined;
  const committed = await office.committed(topic, group);
  const isNew = committed.size === 0;
  const commits = extents
    .filter(({ partition }) => !committed.has(partition))
    .map(({ partition, low, high }) => {
      const asked = offsets?.get(partition) ?? (start === 'latest' ? high : low);
      // A partition that came later has had no reader: nothing of it may be skipped.
      return { partition, offset: isNew ? asked : low, metadata: '' };
    });
  return { isNew, commits };
}

/** The group has members, on this topic or on another; then only a member may commit. */
async function createAsMember(client: Client, asked: NewGroup): Promise<boolean> {
  const { topic, group } = asked;
  let assigned: readonly number[] = [];
  let failure: Error | undefined;
  const membership = client.member(
    { topic, group, rebalanceTimeoutMs: REBALANCE_MS },
    {
      onBeforeJoin: () => Promise.resolve(),
      onAssigned: (partitions) => {
        assigned = partitions;
        membership.pause(partitions);
      },
      onBatch: () => Promise.resolve(false),
      onFailed: (error) => (failure = error),
    },
  );
  try {
    await membership.join();
    if (failure !== undefined) throw failure;
    const { isNew, commits } = await missingPlaces(client.office, asked);
    const ours = commits.filter(({ partition }) => assigned.includes(partition));
    if (ours.length > 0 && !(await membership.commit(ours)))
      throw new UnavailableError(`Kafka: group ${group} changed while it was given a position on ${topic}.`);
    return isNew && ours.length > 0;
  } finally {
    await membership.leave();
  }
}

const REBALANCE_MS = 60_000;

/** See `Admin`. */
export async function positionsOf(office: Office, topic: string, group: string): Promise<readonly GroupPosition[]> {
  const { extents, committed } = await lookUp(office, topic, group);
  return extents.map(({ partition, low, high }) => {
    const { offset, metadata } = committed.get(partition) ?? { offset: undefined, metadata: '' };
    const from = Math.min(high, Math.max(low, offset ?? low));
    const settled = offset === undefined ? [] : readMemory(offset, metadata).settled.filter((each) => each >= from);
    return {
      partition,
      position: offset === undefined ? null : positionText(partition, offset),
      end: positionText(partition, high),
      behind: high - from - settled.length,
    };
  });
}

export interface MoveRequest {
  readonly topic: string;
  readonly group: string;
  readonly to: MoveTarget;
  readonly dryRun: boolean;
}

/** See `Admin`. A move to a position changes the partition that it lies in, and only that. */
export async function moveGroup(
  office: Office,
  { topic, group, to, dryRun }: MoveRequest,
): Promise<readonly GroupMove[]> {
  const { extents, committed } = await lookUp(office, topic, group);
  const targets = await targetsOf(office, topic, to, extents);
  if (!dryRun && (await office.groupState(group)) === 'has members') throw hasMembers(group);
  const commits: Committed[] = [...targets].map(([partition, offset]) => {
    const before = committed.get(partition);
    const replayUntil = Math.max(before?.offset ?? 0, readMemory(0, before?.metadata).replayUntil);
    return { partition, offset, metadata: commitMetadata(offset, { replayUntil, settled: [] }) };
  });
  if (!dryRun && !(await office.commit(topic, group, commits))) throw hasMembers(group);
  return commits.map(({ partition, offset }) => {
    const before = committed.get(partition)?.offset;
    return {
      partition,
      from: before === undefined ? null : positionText(partition, before),
      to: positionText(partition, offset),
    };
  });
}

async function targetsOf(
  office: Office,
  topic: string,
  to: MoveTarget,
  extents: readonly Extent[],
): Promise<ReadonlyMap<number, number>> {
  if (to instanceof Date) return office.offsetsAt(topic, to);
  if (to === 'start') return new Map(extents.map(({ partition, low }) => [partition, low]));
  if (to === 'end') return new Map(extents.map(({ partition, high }) => [partition, high]));
  const place = readPosition(to.position);
  const extent = extents.find(({ partition }) => partition === place?.partition);
  if (place === undefined || extent === undefined || place.offset < extent.low || place.offset > extent.high) {
    const allowed = extents.map(({ partition, low, high }) => `${partition}:${low} to ${partition}:${high}`);
    throw new AdminError(
      `"${to.position}" is no position of ${topic}; allowed is partition:offset, here ${allowed.join(', ')}.`,
    );
  }
  return new Map([[place.partition, place.offset]]);
}

/** See `Admin`. Records of transactions that were aborted are among them. */
export async function* readTopic(office: Office, topic: string): AsyncGenerator<ReceivedRecord> {
  if (!(await office.hasTopic(topic))) throw new AdminError(`There is no topic ${topic}.`);
  for (const { partition, low, high } of await office.extents(topic)) {
    for (let offset = low; offset < high;) {
      const { until, records } = await office.fetch(topic, partition, offset);
      for (const record of records) {
        if (record.offset < high) yield receivedRecord(record, { topic, partition, replayUntil: 0 });
      }
      offset = until;
    }
  }
}

async function lookUp(
  office: Office,
  topic: string,
  group: string,
): Promise<{ readonly extents: readonly Extent[]; readonly committed: ReadonlyMap<number, Committed> }> {
  if (!(await office.hasTopic(topic))) throw new AdminError(`There is no topic ${topic}.`);
  const committed = await office.committed(topic, group);
  if (committed.size === 0 && (await office.groupState(group)) !== 'has members')
    throw new AdminError(`There is no group ${group} on topic ${topic}.`);
  return { extents: await office.extents(topic), committed };
}

function hasMembers(group: string): AdminError {
  return new AdminError(`Group ${group} has members; stop them first.`);
}
