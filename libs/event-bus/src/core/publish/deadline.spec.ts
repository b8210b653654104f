import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from './deadline.js';
import { UnavailableError } from '../errors.js';

/** The real function, saved before fake timers replace it. */
const nextTurn = setImmediate;
const NEVER = new Promise<never>(() => undefined);

describe('Deadline', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('lets pass what ends in time, and what fails', async () => {
    const deadline = new Deadline(100);
    await expect(deadline.begin().keep(Promise.resolve('a'), () => 'late')).resolves.toBe('a');
    await expect(deadline.begin().keep(Promise.reject(new Error('b')), () => 'late')).rejects.toThrow('b');
  });

  it('rejects each that is late at its own time, whatever ended before', async () => {
    const deadline = new Deadline(100);
    const outcomes: string[] = [];
    const watch = (name: string, promise: Promise<unknown>) =>
      deadline
        .begin()
        .keep(promise, () => `${name} is late`)
        .catch((error: unknown) => outcomes.push(error instanceof UnavailableError ? error.message : 'another error'));
    void watch('a', NEVER);
    await vi.advanceTimersByTimeAsync(60);
    void watch('b', NEVER);
    await watch('c', Promise.resolve());
    await vi.advanceTimersByTimeAsync(39);
    expect(outcomes).toEqual([]);
    await vi.advanceTimersByTimeAsync(11);
    expect(outcomes).toEqual(['a is late']);
    await vi.advanceTimersByTimeAsync(49);
    expect(outcomes).toEqual(['a is late']);
    await vi.advanceTimersByTimeAsync(11);
    expect(outcomes).toEqual(['a is late', 'b is late']);
  });

  it('gives what begins at the same time one limit, and none less than it should have', async () => {
    const deadline = new Deadline(100);
    const first = deadline.begin();
    await vi.advanceTimersByTimeAsync(9);
    expect(deadline.begin()).toBe(first);
    let isLate = false;
    const late = deadline
      .begin()
      .keep(NEVER, () => 'late')
      .catch(() => (isLate = true));
    await vi.advanceTimersByTimeAsync(100);
    expect(isLate).toBe(false);
    expect(deadline.begin()).not.toBe(first);
    await vi.advanceTimersByTimeAsync(1);
    await late;
  });

  it('tells what is given up, once it is late', async () => {
    const deadline = new Deadline(100);
    const limit = deadline.begin();
    await limit.keep(Promise.resolve(), () => 'late');
    await vi.advanceTimersByTimeAsync(200);
    expect(limit.signal.aborted).toBe(false);
    const next = deadline.begin();
    const outcome = expect(next.keep(NEVER, () => 'late')).rejects.toThrow('late');
    await vi.advanceTimersByTimeAsync(99);
    expect(next.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(11);
    await outcome;
    expect(next.signal.reason).toBeInstanceOf(UnavailableError);
  });

  it('keeps nothing of what has ended, also behind one that takes long', async () => {
    const deadline = new Deadline(100);
    const long = deadline
      .begin()
      .keep(NEVER, () => 'late')
      .catch(() => undefined);
    const kept = Array.from({ length: 50 }, () => {
      const result = { bytes: new Uint8Array(10) };
      void deadline.begin().keep(Promise.resolve(), () => String(result.bytes.length));
      return new WeakRef(result);
    });
    await vi.advanceTimersByTimeAsync(1);
    await collected();
    expect(kept.filter((each) => each.deref() !== undefined).length).toBeLessThan(5);
    await vi.advanceTimersByTimeAsync(110);
    await long;
  });

  it('still works after it had nothing to watch, for thousands', async () => {
    const deadline = new Deadline(100);
    for (let n = 0; n < 5_000; n += 1) await deadline.begin().keep(Promise.resolve(n), () => 'late');
    await vi.advanceTimersByTimeAsync(1_000);
    const late = expect(deadline.begin().keep(NEVER, () => 'late')).rejects.toThrow('late');
    await vi.advanceTimersByTimeAsync(110);
    await late;
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** Garbage is collected, in a turn of its own: what a WeakRef was made of in the same turn is kept. */
async function collected(): Promise<void> {
  setFlagsFromString('--expose-gc');
  await vi.advanceTimersByTimeAsync(1);
  await new Promise(nextTurn);
  (runInNewContext('gc') as () => void)();
}
