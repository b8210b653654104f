import { expect, it } from 'vitest';
import type { Backend } from '../backend.js';
import { sleep } from '../backoff.js';
import type { RecordCodec } from '../event/codec.js';
import { Consumer } from './consumer.js';
import { UnavailableError } from '../errors.js';

const RECONNECT = { initialMs: 1, maxMs: 300 };
const QUICK = Array.from({ length: 10 }, () => 0);

it('waits longer from failure to failure', async () => {
  const waits = await waitsOf(QUICK);
  expect(waits.at(-1)).toBeGreaterThanOrEqual(RECONNECT.maxMs / 2);
});

it('begins with short waits again after the backend was well for as long as the longest, though no record came', async () => {
  const waits = await waitsOf([...QUICK, RECONNECT.maxMs, 0]);
  expect(waits.at(-3)).toBeGreaterThanOrEqual(RECONNECT.maxMs / 2);
  expect(waits.slice(-2)).toEqual([1, expect.toBeOneOf([1, 2])]);
});

it('goes on waiting long while the backend is well for moments only', async () => {
  const waits = await waitsOf([...QUICK, 1]);
  expect(waits.at(-1)).toBeGreaterThanOrEqual(RECONNECT.maxMs / 2);
});

/**
 * The waits of a consumer after failures of its backend, in ms. Before each failure the backend is healthy for the
 * given time and hands over no records.
 */
async function waitsOf(healthMs: readonly number[]): Promise<readonly number[]> {
  const waits: number[] = [];
  const stop = new AbortController();
  let failures = 0;
  const backend: Partial<Backend> = {
    name: 'stub',
    ping: () => Promise.resolve(),
    createGroup: () => Promise.resolve(false),
    consume: async (_subscription, _handle, signal) => {
      // A timer may fire a millisecond early.
      await sleep((healthMs[failures++] ?? 0) + 1, signal);
      throw new UnavailableError('gone');
    },
  };
  const consumer = new Consumer({
    backend: backend as Backend,
    codec: {} as RecordCodec,
    observe: (notice) => {
      if (notice.kind !== 'disconnected' || notice.retryInMs === undefined) return;
      waits.push(notice.retryInMs);
      if (failures === healthMs.length) stop.abort();
    },
    handlersOf: () => [],
    subscription: { topic: 't', group: 'g', member: 'm', start: 'earliest', maxInFlight: 1, stopBudgetMs: 1 },
    ordering: 'partition',
    concurrency: 1,
    middleware: [],
    backoff: RECONNECT,
    reconnect: RECONNECT,
    errorsLimit: undefined,
  });
  await consumer.run(stop.signal);
  return waits;
}
