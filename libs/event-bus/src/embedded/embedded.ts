import { resolve } from 'node:path';

import type { Backend, OutgoingRecord, Position, ReceivedRecord } from '../core/backend.js';
import { JointPublish } from '../core/publish/joint-publish.js';
import { endsOf } from './records/batch.js';
import { Consumption } from './consume/consumption.js';
import { encodeHeaders } from './records/headers.js';
import { LogWorker } from './thread/log-worker.js';
import { check, type EmbeddedOptions } from './options.js';
import { pack } from './records/packed.js';
import type { Target } from './thread/protocol.js';
import { receivedRecords } from './records/received.js';

const MAX_RECORD_BYTES = 1024 * 1024;
const READ_RECORDS = 500;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * The embedded backend: a log in a SQLite file, shared by the processes of one machine.
 *
 * - A position is a whole number. Positions start at 0 and have no gaps.
 * - Throws `SettingsError` for invalid options.
 * - Problems with the file appear at its first use: `SettingsError` if the path cannot be used, `UnavailableError` for
 *   a full disk, or for a damaged or locked file.
 */
export function embedded(options: EmbeddedOptions): Backend {
  check(options);
  const { path, pollMs = 20, leaseMs = 3_000, maxBytes, allowNetworkDrive = false } = options;
  const { retentionMs, deadLetterRetentionMs, retentionBytes } = options;
  const { groupExpiryMs = WEEK_MS, trimEveryMs = 60_000 } = options;
  const limits = { retentionMs, deadLetterRetentionMs, retentionBytes, groupExpiryMs, trimEveryMs };
  const observe = options.observe ?? (() => undefined);
  const given = { path: resolve(path), pollMs, leaseMs, maxBytes, allowNetworkDrive, limits };
  const worker = new LogWorker(given, observe);
  const joint = new JointPublish({ send: (records) => append(worker, records), maxRecordBytes: MAX_RECORD_BYTES });
  return {
    name: 'embedded',
    location: resolve(path),
    maxRecordBytes: MAX_RECORD_BYTES,
    publish: (records, options) => joint.publish(records, options),
    consume: (subscription, handle, stop) => new Consumption(worker, subscription, handle, stop).run(),
    topics: () => worker.call('topics', null),
    groups: (topic) => worker.call('groups', { topic }),
    async createTopic(topic) {
      await worker.call('createTopic', { topic });
    },
    createGroup: (topic, group, start) => worker.call('createGroup', { topic, group, start }),
    async positions(topic, group) {
      const { position, end, behind, oldestAt } = await worker.call('positions', { topic, group });
      return [{ partition: 0, position: String(position), end: String(end), behind, oldestAt }];
    },
    async move(topic, group, target, { dryRun = false, once } = {}) {
      const to: Target = target instanceof Date ? { time: target.getTime() } : target;
      const moved = await worker.call('move', { topic, group, to, dryRun, once });
      return moved === null ? [] : [{ ...moved, partition: 0, from: String(moved.from), to: String(moved.to) }];
    },
    read: (topic) => read(worker, topic),
    async ping() {
      await worker.call('ping', null);
    },
    async close() {
      await joint.close();
      await worker.close();
    },
  };
}

async function append(worker: LogWorker, records: readonly OutgoingRecord[]): Promise<readonly Position[]> {
  const topics = new Map<string, number>();
  const topicOf = records.map(({ topic }) => {
    const index = topics.get(topic) ?? topics.size;
    topics.set(topic, index);
    return index;
  });
  const packed = pack(records.map(({ key, value, headers }) => [key, value, encodeHeaders(headers)]));
  const positions = await worker.call('append', { topics: [...topics.keys()], topicOf, packed }, [packed]);
  return positions.map(String);
}

/** Yields the records that exist when the call begins. Later records are not included. */
async function* read(worker: LogWorker, topic: string): AsyncGenerator<ReceivedRecord> {
  let from = 0;
  let until = Infinity;
  while (from < until) {
    const { batch, end } = await worker.call('read', { topic, from, limit: Math.min(READ_RECORDS, until - from) });
    until = Math.min(until, end);
    yield* receivedRecords(topic, batch);
    from = (endsOf(batch)?.[1] ?? until) + 1;
  }
}
