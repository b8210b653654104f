import { Worker } from 'node:worker_threads';

import { UnavailableError, type Backend, type LostSignal } from 'nest-event-bus/core';
import { embedded } from 'nest-event-bus/embedded';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ROOT, start } from '../support/process.js';
import { workbench, type Workbench } from '../support/workbench.js';
import { allSettled, member, publish, valueOf, valuesIn } from './log.js';

describe('the thread of the embedded backend', () => {
  let bench: Workbench;
  let backend: Backend;

  beforeEach(() => {
    bench = workbench('embedded-worker');
    backend = embedded({ path: bench.path });
  });
  afterEach(async () => {
    await backend.close();
    await bench.clear();
  });

  it('when it dies, fails the calls that wait for it, and is started anew by the next', async () => {
    const worker = await workerOf(backend);
    const waiting = [backend.ping(), publish(backend, 't', '1'), backend.createTopic('t')];
    const results = Promise.allSettled(waiting);
    die(worker);
    for (const result of await results) {
      if (result.status === 'fulfilled') continue;
      expect(result.reason).toEqual(
        new UnavailableError(
          `The thread that holds the event log ${bench.path} has ended unexpectedly. The next call starts it again.`,
        ),
      );
    }
    expect((await results).some(({ status }) => status === 'rejected')).toBe(true);
    await publish(backend, 't', '2');
    expect(await valuesIn(backend, 't')).toContain('2');
  });

  it('when it dies, ends consume with an error, gives its records up, and another consume gets them at once', async () => {
    await publish(backend, 't', '1', 'k');
    const worker = await workerOf(backend);
    let lost: LostSignal | undefined;
    const first = member(backend, { topic: 't', group: 'g' }, (_, signal) => {
      lost = signal;
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('lost')), { once: true });
      });
    });
    await until(() => lost !== undefined, { withinMs: 5_000, what: 'the record' });
    die(worker);
    await expect(first.ended).rejects.toThrow(UnavailableError);
    expect(lost?.aborted).toBe(true);
    const got: string[] = [];
    const second = member(backend, { topic: 't', group: 'g' }, (record) => {
      got.push(valueOf(record));
      return Promise.resolve();
    });
    await until(() => got.length === 1, { withinMs: 1_000, what: 'the record again, before a lease runs out' });
    await allSettled(backend, 't', 'g');
    await second.stop();
  });

  it('lets the process end with its own exit code, also in the middle of a call', { timeout: 60_000 }, async () => {
    const script = `
      import { embedded } from 'nest-event-bus/embedded';
      const backend = embedded({ path: process.argv[1] });
      const value = Buffer.alloc(200);
      await backend.publish(Array.from({ length: 20_000 }, () => ({ topic: 't', key: null, value, headers: [] })));
      setTimeout(() => process.exit(3), 50 + Math.random() * 100);
      for (;;) for await (const record of backend.read('t')) void record;`;
    const codes: unknown[] = [];
    // Without the guard, a panic of the native module kills about one of seven.
    for (let round = 0; round < 5; round += 1) {
      const paths = [1, 2, 3, 4].map((each) => `${bench.path}-${round}-${each}`);
      const ends = paths.map(
        (path) => start(process.execPath, ['--input-type=module', '-e', script, path], { cwd: ROOT }).ended,
      );
      codes.push(...(await Promise.all(ends)));
    }
    expect(codes).toEqual(codes.map(() => 3));
  });

  it('ends with close, also under a consume that was not stopped', async () => {
    const consumer = member(backend, { topic: 't', group: 'g' }, () => Promise.resolve());
    await backend.createGroup('t', 'g', 'earliest');
    await backend.close();
    await expect(consumer.ended).rejects.toThrow(`The event log ${bench.path} was closed by this process.`);
  });
});

/**
 * Ends the thread with an uncaught error. `terminate()` during a call into SQLite sometimes ends the whole process (1
 * of 800 with libsql 0.5), because the binding does not expect it. Only this file terminates a working thread.
 */
function die(worker: Worker): void {
  worker.postMessage(undefined);
}

/** The thread of a backend. Outside this test, only a crash ends it early. */
async function workerOf(backend: Backend): Promise<Worker> {
  const spy = vi.spyOn(Worker.prototype, 'postMessage');
  await backend.ping();
  const worker = spy.mock.contexts[0] as Worker | undefined;
  spy.mockRestore();
  if (worker === undefined) throw new Error('the backend has no thread');
  return worker;
}
