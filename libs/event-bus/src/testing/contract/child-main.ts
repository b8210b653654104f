// The main file of the processes that `child.ts` starts for the contract.
import { setTimeout as pause } from 'node:timers/promises';

import type { Backend, LostSignal } from '../../core/backend.js';
import { asError } from '../../core/backoff.js';
import { UnavailableError } from '../../core/errors.js';
import { openChildLog } from './child-log.js';
import type { ChildArguments, ConsumeTask, PublishTask } from './child.js';
import { openBackend } from './harness.js';
import { idOf, outgoing } from './records.js';

const PUBLISHES_IN_FLIGHT = 64;
const BACKOFF_MS = 100;

const given = JSON.parse(process.argv[2] ?? '') as ChildArguments;
const log = openChildLog(given.log, given.name);

// The pipe ends when the parent process is gone.
process.stdin.resume().once('end', () => process.kill(process.pid, 'SIGKILL'));

void run();

async function run(): Promise<void> {
  const backend = await openBackend(given);
  if (given.task.role === 'consume') await consume(backend, given.task);
  else await publish(backend, given.task);
  await backend.close();
  log('ended', '');
  process.stdin.destroy();
}

async function consume(backend: Backend, { subscription, work }: ConsumeTask): Promise<void> {
  for (;;) {
    try {
      await backend.consume(
        subscription,
        async (record, lost) => {
          const id = idOf(record);
          log('handled', id);
          if (work === 'hold') await untilLost(lost).finally(() => log('lost', id));
          else if (work > 0) await pause(work);
        },
        new AbortController().signal,
      );
      return;
    } catch (error) {
      // As in core: a process does not leave because the broker is unavailable for a while.
      if (!(error instanceof UnavailableError)) throw error;
      await pause(BACKOFF_MS);
    }
  }
}

function untilLost(lost: LostSignal): Promise<never> {
  return new Promise((_, reject) => {
    lost.addEventListener('abort', () => reject(asError(lost.reason)), { once: true });
  });
}

async function publish(backend: Backend, { topic, keys, count }: PublishTask): Promise<void> {
  const inFlight: Promise<void>[] = [];
  for (let number = 1; number <= count; number++) {
    if (inFlight.length === PUBLISHES_IN_FLIGHT) await inFlight.shift();
    const id = `${given.name}-${number}`;
    const record = outgoing(topic, id, keys[number % keys.length] ?? null);
    inFlight.push(backend.publish([record]).then(() => log('published', id)));
  }
  await Promise.all(inFlight);
}
