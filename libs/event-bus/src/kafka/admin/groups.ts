import type { GroupPosition, Position, ReceivedRecord, Start } from '../../core/backend.js';
import { AdminError, UnavailableError } from '../../core/errors.js';
import { commitMetadata, NO_MEMORY, readMemory } from '../consume/commit-metadata.js';
import type { Admin, Client, Committed, Extent, StoredRecord } from '../port.js';
import { positionText } from '../position.js';
import { receivedRecord } from '../records/received.js';

/** See `Admin`. */
export async function createGroup(client: Client, topic: string, group: string, start: Start): Promise<boolean> {
  const { admin } = client;
  await admin.createTopic(topic);
  const asked = { topic, group, start };
  const { isNew, commits } = await missingPlaces(admin, asked);
  if (commits.length === 0) return false;
  if (await admin.commit(topic, group, commits)) return isNew;
  // Another process that started at the same time may have set the offsets and joined. Joining too would make the group
  // rebalance twice more.
  if ((await missingPlaces(admin, asked)).commits.length === 0) return false;
  return createAsMember(client, asked);
}

interface NewGroup {
  readonly topic: string;
  readonly group: string;
  readonly start: Start;
}

/** The start offsets for partitions without a committed offset, as far as their leaders answer. */
async function missingPlaces(
  admin: Admin,
  { topic, group, start }: NewGroup,
): Promise<{ readonly isNew: boolean; readonly commits: readonly Committed[] }> {
  // Keep this order: if another process commits first, records published after its commit lie behind the ends looked up
  // here.
  const { extents, unreachable } = await admin.reachableExtents(topic);
  const committed = await admin.committed(topic, group);
  const isNew = committed.size === 0;
  // With `earliest` this is no problem: a partition without an offset is later read from its beginning.
  if (isNew && start !== 'earliest' && unreachable.length > 0)
    throw new UnavailableError(
      `Kafka: the new group ${group} cannot get a start position in partition ${unreachable.join(', ')} of ${topic}: the partition has no leader at the moment.`,
    );
  const missing = extents.filter(({ partition }) => !committed.has(partition));
  const isByTime = isNew && start instanceof Date && missing.length > 0;
  const offsets = isByTime ? await admin.offsetsAt(topic, start) : undefined;
  const commits = missing.map(({ partition, low, high }) => {
    const asked = start === 'earliest' ? low : Math.min(high, offsets?.get(partition) ?? high);
    // A partition that was added later had no reader: none of its records may be skipped.
    const offset = isNew ? asked : low;
    return { partition, offset, metadata: commitMetadata(offset, { ...NO_MEMORY, since: isNew ? offset : 0 }) };
  });
  return { isNew, commits };
}

/** Joins the group to set its offsets. Needed if the group has members on any topic: then only members may commit. */
async function createAsMember(client: Client, asked: NewGroup): Promise<boolean> {
  const { topic, group } = asked;
  let assigned: readonly number[] = [];
  let failure: Error | undefined;
  const membership = client.member(
    { topic, group, rebalanceTimeoutMs: REBALANCE_MS, isBrief: true },
    {
      onRevoke: () => Promise.resolve(),
      onAssigned: (partitions) => (assigned = partitions),
      onLost: () => (assigned = []),
      onFailed: (error) => (failure = error),
    },
  );
  try {
    await membership.join();
    if (failure !== undefined) throw failure;
    const { isNew, commits } = await missingPlaces(client.admin, asked);
    const ours = commits.filter(({ partition }) => assigned.includes(partition));
    if (ours.length > 0 && (await membership.commit(ours)) !== 'done')
      throw new UnavailableError(`Kafka: group ${group} was rebalanced while its position on ${topic} was being set.`);
    return isNew && ours.length > 0;
  } finally {
    await membership.leave();
  }
}

const REBALANCE_MS = 60_000;

/** See `Admin`. */
export async function positionsOf(admin: Admin, topic: string, group: string): Promise<readonly GroupPosition[]> {
  await theTopic(admin, topic);
  const committed = await placesOf(admin, topic, group);
  const extents = await admin.extents(topic);
  return Promise.all(
    extents.map(async (extent) => {
      const { partition, high } = extent;
      const { position, from, settled } = standingIn(extent, committed.get(partition));
      const behind = high - from - settled.length;
      const oldestAt = behind === 0 ? null : await oldestIn(admin, { topic, partition, from, high, settled });
      return { partition, position, end: positionText(partition, high), behind, oldestAt };
    }),
  );
}

/**
 * When the oldest unsettled record was made. `null` if there is none: the rest was compacted away, or belongs to
 * aborted transactions. Also `null` if it cannot be read.
 */
async function oldestIn(
  admin: Admin,
  { settled, ...range }: Range & Pick<Standing, 'settled'>,
): Promise<number | null> {
  try {
    for await (const records of recordsIn(admin, range, ONE_BATCH)) {
      const oldest = records.find(({ offset }) => !settled.includes(offset));
      if (oldest !== undefined) return oldest.timestamp;
    }
  } catch {
    // The lag is known all the same.
  }
  return null;
}

/** A broker answers with one batch at least, however few bytes it may send. */
const ONE_BATCH = 1;

/** The standing of the group in a partition, limited to the retained records. */
export function standingIn({ partition, low, high }: Extent, committed: Committed | undefined): Standing {
  if (committed === undefined) return { position: null, from: low, settled: [] };
  const { offset, metadata } = committed;
  const from = Math.min(high, Math.max(low, offset));
  const settled = readMemory(offset, metadata).settled.filter((each) => each >= from && each < high);
  return { position: positionText(partition, offset), from, settled };
}

interface Standing {
  readonly position: Position | null;
  /** The first unsettled offset. Later offsets are unsettled too, except those in `settled`. */
  readonly from: number;
  readonly settled: readonly number[];
}

/** See `Admin`. Skips records of aborted transactions. */
export async function* readTopic(admin: Admin, topic: string): AsyncGenerator<ReceivedRecord> {
  await theTopic(admin, topic);
  for (const { partition, low, high } of await admin.extents(topic)) {
    for await (const records of recordsIn(admin, { topic, partition, from: low, high }))
      for (const record of records) yield receivedRecord(record, { topic, partition, passed: [] });
  }
}

/** The records of a range of offsets, as many at a time as come together. See `fetch` of the client's `Admin`. */
async function* recordsIn(
  admin: Admin,
  { topic, partition, from, high }: Range,
  fetchBytes?: number,
): AsyncGenerator<readonly StoredRecord[]> {
  for (let offset = from; offset < high;) {
    const { until, records } = await admin.fetch(topic, partition, offset, fetchBytes);
    yield records.filter((record) => record.offset < high);
    offset = until;
  }
}

interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly high: number;
}

/** Throws `AdminError` if the topic does not exist. */
export async function theTopic(admin: Admin, topic: string): Promise<void> {
  if (!(await admin.hasTopic(topic))) throw new AdminError(`There is no topic ${topic}.`);
}

/**
 * The committed offsets of the group. Throws `AdminError` if the group has neither offsets on the topic nor members.
 */
export async function placesOf(admin: Admin, topic: string, group: string): Promise<ReadonlyMap<number, Committed>> {
  const committed = await admin.committed(topic, group);
  if (committed.size === 0 && (await admin.membersOf(group)).length === 0)
    throw new AdminError(`There is no group ${group} on topic ${topic}.`);
  return committed;
}
