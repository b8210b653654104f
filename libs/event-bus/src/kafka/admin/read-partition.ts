import type { Cluster } from '../client/cluster.js';
import type { Records, StoredBatch, StoredRecord } from '../port.js';
import { errorName, ProtocolError } from '../protocol/error-codes.js';
import { FETCH, type FetchedPartition } from '../protocol/fetch.js';
import { readBatches, UNPACKED_BYTES } from '../records/batches.js';
import { HeaderCache } from '../records/header-cache.js';
import { unreadableError } from '../records/unreadable.js';
import { offsetsOf } from './offsets.js';
import { PATIENCE_MS, patiently } from './patience.js';
import { theTopicAt } from './topics.js';
import { EARLIEST } from '../protocol/list-offsets.js';

const FETCH_BYTES = 1024 * 1024;
const WAIT_MS = 100;

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The largest response, in bytes; it has one batch at least. Default 1 MiB. */
  readonly fetchBytes?: number | undefined;
}

/** The records from the offset on, as many as fit one response. Rejects if the next batch cannot be read. */
export async function readPartition(cluster: Cluster, place: Place, maxBatchBytes: number): Promise<StoredBatch> {
  const { partition, offset: from } = place;
  const fetched = await patiently({
    whom: () => leaderOf(cluster, place),
    ask: (leader) => fetchFrom(cluster, leader, place),
  });
  if (fetched === undefined) return { partition, from, until: await lowOf(cluster, place), records: [] };
  const options = { from, known: new HeaderCache(), maxBytes: maxBatchBytes, room: { left: UNPACKED_BYTES } };
  const { records, until, unreadable } = await readBatches(fetched, options);
  if (unreadable !== undefined && until === from) throw unreadableError(place, unreadable);
  return { partition, from, until, records: records.flatMap((each) => [...taken(each, from)]) };
}

async function leaderOf(cluster: Cluster, { topic, partition }: Place): Promise<number> {
  const { partitions } = await theTopicAt(cluster, topic);
  const found = partitions.find((each) => each.partition === partition);
  if (found === undefined || found.leader < 0) throw new ProtocolError('LEADER_NOT_AVAILABLE');
  return found.leader;
}

/** Resolves with `undefined` if the offset is out of range. */
async function fetchFrom(
  cluster: Cluster,
  leader: number,
  { topic, partition, offset, fetchBytes = FETCH_BYTES }: Place,
): Promise<FetchedPartition | undefined> {
  const topicId = cluster.topics.get(topic)?.id ?? '';
  const asked = { partition, leaderEpoch: -1, offset, maxBytes: fetchBytes };
  const { errorCode, topics } = await cluster.ask(leader, FETCH, {
    maxWaitMs: WAIT_MS,
    maxBytes: fetchBytes,
    topics: [{ topicId, partitions: [asked] }],
  });
  const [fetched] = topics.flatMap(({ partitions }) => partitions);
  const problem = errorName(errorCode) ?? errorName(fetched?.errorCode ?? 0);
  if (problem === 'OFFSET_OUT_OF_RANGE') return undefined;
  if (problem === 'CORRUPT_MESSAGE')
    throw unreadableError({ topic, partition }, { offset, until: undefined, error: new ProtocolError(problem) });
  if (problem !== undefined) throw new ProtocolError(problem);
  return fetched;
}

/** Where to continue if the records at the offset are not retained any more. */
async function lowOf(cluster: Cluster, { topic, partition, offset }: Place): Promise<number> {
  const { found } = await offsetsOf(cluster, { topic, timestamps: [EARLIEST], withinMs: PATIENCE_MS });
  const low = found.get(partition)?.[0];
  if (low === undefined || low <= offset) throw new ProtocolError('OFFSET_OUT_OF_RANGE');
  return low;
}

function* taken(records: Records, from: number): Generator<StoredRecord> {
  for (let next = records.next(from); next !== undefined; next = records.next(next.offset + 1)) yield next;
}
