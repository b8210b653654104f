import { resolve } from 'node:path';

import type { Backend, OutgoingRecord, Position, ReceivedRecord } from '../core/backend.js';
import { SettingsError } from '../core/errors.js';
import { JointPublish } from '../core/joint-publish.js';
import { Consumption } from './consumption.js';
import { encodeHeaders } from './headers.js';
import { LogWorker } from './log-worker.js';
import { pack } from './packed.js';
import type { Target } from './protocol.js';
import { receivedRecords } from './received.js';

export interface EmbeddedOptions {
  /** The file; it and its folder are made when they are missing. On a local disk: processes share it through memory. */
  readonly path: string;
  /** The longest time between two looks for records of other processes, in ms. Default 20; while there is work it is 2. */
  readonly pollMs?: number;
  /** How long a member that gives no sign of life keeps its records, in ms. Default 3,000. */
  readonly leaseMs?: number;
  /**
   * The largest size of the file, its write-ahead log aside, in bytes, from 4 MiB; default: none. Near it publishing rejects with
   * `UnavailableError`; about 1 MiB is kept for the groups, so that they can go on.
   */
  readonly maxBytes?: number;
}

const MAX_RECORD_BYTES = 1024 * 1024;
const READ_RECORDS = 500;

/**
 * A log in a SQLite file, shared by the processes of one machine.
 *
 * A position is a number, from 0, without gaps. Throws `SettingsError` for options that cannot be; what is wrong with the file shows at
 * its first use: `SettingsError` when the path cannot be used, `UnavailableError` for a full disk, a damaged or a locked file.
 */
export function embedded({ path, pollMs = 20, leaseMs = 3_000, maxBytes }: EmbeddedOptions): Backend {
  check({ path, pollMs, leaseMs, maxBytes });
  const worker = new LogWorker({ path: resolve(path), pollMs, leaseMs, maxBytes });
  const joint = new JointPublish({ send: (records) => append(worker, records), maxRecordBytes: MAX_RECORD_BYTES });
  return {
    name: 'embedded',
    location: resolve(path),
    maxRecordBytes: MAX_RECORD_BYTES,
    publish: (records) => joint.publish(records),
    consume: (subscription, handle, stop) => new Consumption(worker, subscription, handle, stop).run(),
    async createTopic(topic) {
      await worker.call('createTopic', { topic });
    },
    createGroup: (topic, group, start) => worker.call('createGroup', { topic, group, start }),
    async positions(topic, group) {
      const { position, end, behind } = await worker.call('positions', { topic, group });
      return [{ partition: 0, position: String(position), end: String(end), behind }];
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

/** What is there when the reading begins; what is published meanwhile is not waited for. */
async function* read(worker: LogWorker, topic: string): AsyncGenerator<ReceivedRecord> {
  let from = 0;
  let until = Infinity;
  while (from < until) {
    const { end, ...batch } = await worker.call('read', { topic, from, limit: Math.min(READ_RECORDS, until - from) });
    until = Math.min(until, end);
    yield* receivedRecords(topic, batch, []);
    from = (batch.positions.at(-1) ?? until) + 1;
  }
}

function check({
  path,
  pollMs,
  leaseMs,
  maxBytes,
}: { [Name in keyof Required<EmbeddedOptions>]: EmbeddedOptions[Name] }): void {
  const problems: string[] = [];
  if (path === '' || path.startsWith(':')) problems.push(`path: "${path}" was given; allowed is the path of a file.`);
  const isAtLeast = (name: string, value: number | undefined, least: number) => {
    if (value !== undefined && !(value >= least))
      problems.push(`${name}: ${value} was given; allowed are numbers from ${least}.`);
  };
  isAtLeast('pollMs', pollMs, 1);
  isAtLeast('leaseMs', leaseMs, 100);
  isAtLeast('maxBytes', maxBytes, 4 * 1024 * 1024);
  if (problems.length > 0) throw new SettingsError(problems.map((problem) => `embedded: ${problem}`).join('\n'));
}
