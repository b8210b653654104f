// The script of the thread that holds the file. The main thread starts it by its file name. The code in log, topics,
// groups and retention runs only in this thread.
import { parentPort, workerData } from 'node:worker_threads';

import { UnavailableError } from '../../core/errors.js';
import { settleAll, turn } from '../groups/claims.js';
import { monotonicMs } from './clock.js';
import type { Database } from '../log/database.js';
import { isFull } from '../log/database-error.js';
import { toFailure } from './failure.js';
import {
  createGroup,
  type Group,
  groupsWithMembers,
  move,
  positions,
  takeRemoved,
  theGroup,
} from '../groups/groups.js';
import { enter, groupOf, release, renew } from '../groups/members.js';
import { NativeCalls } from './native-calls.js';
import { openLog } from '../log/open.js';
import type { FromWorker, Operation, Operations, Request, RequestOf, WorkerData } from './protocol.js';
import { missed, neverPublished } from '../retention/reports.js';
import { Retention } from '../retention/retention.js';
import { allTopics, append, read, topicFor } from '../topics/topics.js';
import { LeaseKeeper } from '../groups/lease-keeper.js';

const { path, pollMs, leaseMs, maxBytes, allowNetworkDrive, limits, native: memory } = workerData as WorkerData;
const native = new NativeCalls(memory);
let opened: Database | undefined;
/**
 * Memberships of this process that could not be ended while the file did not answer. They must not count as vanished.
 */
const unreleased = new Set<number>();
/** Topics that were reported to be unused. */
const unused = new Set<string>();

const watch = new LeaseKeeper({
  database,
  pollMs,
  leaseMs,
  onWoken: (member) => send({ kind: 'woken', member }),
  onLost: (member) => send({ kind: 'lost', member }),
  onFailed: (members, error) => {
    letGo();
    for (const member of members) send({ kind: 'failed', member, failure: toFailure(error, path) });
  },
});

const retention = new Retention({
  ...limits,
  database,
  onReport: (report) => send({ kind: 'report', report }),
  onFailed: letGo,
});

const operations: Operations = {
  ping: () => {
    database().read(() => database().number('SELECT count(*) FROM topic'));
    return null;
  },
  append: (request) => {
    const positions = appendOrMakeRoom(request);
    retention.grown();
    return positions;
  },
  read: (request) => read(database(), request),
  topics: () => allTopics(database()).map(({ name }) => name),
  groups: (request) => groupsWithMembers(database(), request),
  createTopic: ({ topic }) => {
    database().write('fsync', () => topicFor(database(), topic));
    return null;
  },
  createGroup: (request) => createGroup(database(), request),
  positions: (request) => positions(database(), request),
  move: (request) => move(database(), request),
  join: ({ name, ...request }) => {
    createGroup(database(), request);
    for (const member of unreleased) leave(member, []);
    const now = monotonicMs();
    const group = database().read(() => theGroup(database(), request.topic, request.group));
    const { member, removed } = database().write('process', () => ({
      member: enter(database(), group.id, name, leaseMs, now),
      removed: takeRemoved(database(), group.id),
    }));
    watch.add(member);
    if (removed > 0) send({ kind: 'report', report: missed(group, removed) });
    reportUnused(group);
    return { member, leaseUntil: now + leaseMs };
  },
  turn: (request) => {
    const result = turn(database(), request);
    if (!result.isMember) watch.remove(request.member);
    else if (!result.hasMore) watch.wait(request.member);
    return result;
  },
  renew: ({ member }) => database().write('process', () => renew(database(), member, monotonicMs())),
  leave: ({ member, settle }) => {
    watch.remove(member);
    unreleased.add(member);
    return leave(member, settle);
  },
  close: () => {
    watch.stop();
    retention.stop();
    letGo();
    return null;
  },
};

parentPort?.on('message', (request: Request) => {
  answer(request);
});

function answer<Name extends Operation>({ id, operation, request }: Request<Name>): void {
  try {
    const operate = operations[operation] as (of: typeof request) => ReturnType<Operations[Name]>;
    const result = operate(request);
    send({ kind: 'result', id, result });
    if (operation !== 'close') watch.check();
  } catch (thrown) {
    // A failed connection may be in any state, so the next call opens a new one.
    if (thrown instanceof UnavailableError) letGo();
    send({ kind: 'failure', id, failure: toFailure(thrown, path) });
  }
}

/** Once for each topic: a member may join again and again. */
function reportUnused(group: Group): void {
  const { name, nextPosition } = group.topic;
  if (nextPosition > 0 || unused.has(name)) return;
  unused.add(name);
  send({ kind: 'report', report: neverPublished(group, path) });
}

/** Returns whether it was a member until now. */
function leave(member: number, settle: readonly number[]): boolean {
  const wasMember = database().write(settle.length > 0 ? 'fsync' : 'process', () => {
    const group = groupOf(database(), member);
    if (group === undefined) return false;
    settleAll(database(), group, member, settle);
    release(database(), group, [member]);
    return true;
  });
  unreleased.delete(member);
  return wasMember;
}

function database(): Database {
  opened ??= openLog(path, { maxBytes, allowNetworkDrive, native });
  retention.begin();
  return opened;
}

/** If the log is full although its size is limited by retention, makes room and tries again. */
function appendOrMakeRoom(request: RequestOf<'append'>): readonly number[] {
  try {
    return append(database(), request);
  } catch (error) {
    if (!isFull(error) || !retention.makeRoom(request.packed.byteLength)) throw error;
    return append(database(), request);
  }
}

function letGo(): void {
  const closing = opened;
  opened = undefined;
  watch.forget();
  closing?.close();
}

function send(message: FromWorker): void {
  parentPort?.postMessage(message, memoryOf(message));
}

/** The buffers to transfer instead of copying. */
function memoryOf(message: FromWorker): ArrayBuffer[] {
  if (message.kind !== 'result' || typeof message.result !== 'object' || message.result === null) return [];
  if (!('batch' in message.result)) return [];
  const { numbers, bytes } = message.result.batch;
  return [numbers.buffer, bytes];
}
