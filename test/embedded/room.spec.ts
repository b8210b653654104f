import { UnavailableError, type Backend } from 'nest-event-bus/core';
import { embedded } from 'nest-event-bus/embedded';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { workbench, type Workbench } from '../support/workbench.js';
import { allSettled, member, publish, valueOf, valuesIn } from './log.js';

const MAX_BYTES = 4 * 1024 * 1024;

describe('an embedded log that is full', () => {
  let bench: Workbench;
  let backend: Backend;

  beforeEach(() => {
    bench = workbench('embedded-room');
    backend = embedded({ path: bench.path, maxBytes: MAX_BYTES });
  });
  afterEach(async () => {
    await backend.close();
    await bench.clear();
  });

  it('rejects publish, naming the file and what to do, and keeps all that it took', async () => {
    const { taken, error } = await fill(backend);
    expect(error).toEqual(
      new UnavailableError(
        `The event log ${bench.path} has no room: the disk is full, or the file has reached its maximum size. ` +
          'Free disk space or raise maxBytes.',
      ),
    );
    expect(taken.length).toBeGreaterThan(50);
    expect(await valuesIn(backend, 't')).toEqual(taken);
  });

  it('takes a call entirely or not at all', async () => {
    const { taken } = await fill(backend);
    const many = Array.from({ length: 50 }, (_, n) => ({
      topic: 't',
      key: null,
      value: Buffer.from(`${n}`.padEnd(8_000)),
      headers: [],
    }));
    await expect(backend.publish(many)).rejects.toThrow(UnavailableError);
    expect(await valuesIn(backend, 't')).toEqual(taken);
  });

  it('still lets its groups consume and settle', async () => {
    const { taken } = await fill(backend);
    const got: string[] = [];
    const consumer = member(backend, { topic: 't', group: 'g', maxInFlight: 2_000 }, (record) => {
      got.push(valueOf(record));
      return Promise.resolve();
    });
    await backend.createGroup('t', 'g', 'earliest');
    await allSettled(backend, 't', 'g');
    await consumer.stop();
    expect(got).toEqual(taken);
  });

  it('takes records again when it may grow', async () => {
    const { taken } = await fill(backend);
    await backend.close();
    backend = embedded({ path: bench.path, maxBytes: 2 * MAX_BYTES });
    expect(await publish(backend, 't', 'more')).toEqual([String(taken.length)]);
  });
});

/**
 * Publishes until the log refuses: large records first, then small ones, so that no page stays unused. Resolves with
 * the published values and the error.
 */
async function fill(backend: Backend): Promise<{ taken: string[]; error: unknown }> {
  const taken: string[] = [];
  let error: unknown;
  for (const size of [8_000, 10]) {
    error = undefined;
    while (error === undefined) {
      const values = Array.from({ length: 20 }, (_, n) => `${taken.length + n}`.padEnd(size));
      const records = values.map((value) => ({
        topic: 't',
        key: Buffer.from(value),
        value: Buffer.from(value),
        headers: [],
      }));
      await backend.publish(records).then(
        () => taken.push(...values),
        (thrown: unknown) => (error = thrown),
      );
    }
  }
  return { taken, error };
}
