// The thread that holds the file. The main thread starts it, by its name.
import { parentPort, workerData } from 'node:worker_threads';

import { UnavailableError } from '../core/errors.js';
import { settleAll, turn } from './claims.js';
import { monotonicMs } from './clock.js';
import type { Database } from './database.js';
import { toFailure } from './failure.js';
import { createGroup, move, positions, theGroup } from './groups.js';
import { dismiss, enter, groupOf, renew } from './members.js';
import { openLog } from './open.js';
import type { FromWorker, Operation, Operations, Request, WorkerOptions } from './protocol.js';
import { append, read, topicFor } from './topics.js';
import { Watch } from './watch.js';

const { path, pollMs, leaseMs, maxBytes } = workerData as WorkerOptions;
let opened: Database | undefined;

const watch = new Watch({
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

const operations: Operations = {
  ping: () => {
    database().read(() => database().number('SELECT count(*) FROM topic'));
    return null;
  },
  append: (request) => append(database(), request),
  read: (request) => read(database(), request),
  createTopic: ({ topic }) => {
    database().write('fsync', () => topicFor(database(), topic));
    return null;
  },
  createGroup: (request) => createGroup(database(), request),
  positions: (request) => positions(database(), request),
  move: (request) => move(database(), request),
  join: ({ name, ...request }) => {
    createGroup(database(), request);
    const now = monotonicMs();
    const group = database().read(() => theGroup(database(), request.topic, request.group));
    const member = database().write('process', () => enter(database(), group.id, name, leaseMs, now));
    watch.add(member);
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
    return database().write(settle.length > 0 ? 'fsync' : 'process', () => {
      const group = groupOf(database(), member);
      if (group === undefined) return false;
      settleAll(database(), group, member, settle);
      dismiss(database(), group, [member]);
      return true;
    });
  },
  close: () => {
    watch.stop();
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
    // A connection that failed may be in any state; a new one is not.
    if (thrown instanceof UnavailableError) letGo();
    send({ kind: 'failure', id, failure: toFailure(thrown, path) });
  }
}

function database(): Database {
  return (opened ??= openLog(path, maxBytes));
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

/** What changes threads instead of being copied. */
function memoryOf(message: FromWorker): ArrayBuffer[] {
  if (message.kind !== 'result' || typeof message.result !== 'object' || message.result === null) return [];
  if ('packed' in message.result) return [message.result.packed];
  return 'batch' in message.result ? [message.result.batch.packed] : [];
}
