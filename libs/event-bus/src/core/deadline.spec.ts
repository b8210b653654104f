import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from './deadline.js';
import { UnavailableError } from './errors.js';

const NEVER = new Promise<never>(() => undefined);

describe('Deadline', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('lets pass what ends in time, and what fails', async () => {
    const deadline = new Deadline(100);
    await expect(deadline.keep(Promise.resolve('a'), () => 'late')).resolves.toBe('a');
    await expect(deadline.keep(Promise.reject(new Error('b')), () => 'late')).rejects.toThrow('b');
  });

  it('rejects each that is late at its own time, whatever ended before', async () => {
    const deadline = new Deadline(100);
    const outcomes: string[] = [];
    const watch = (name: string, promise: Promise<unknown>) =>
      deadline
        .keep(promise, () => `${name} is late`)
        .catch((error: unknown) => outcomes.push(error instanceof UnavailableError ? error.message : 'another error'));
    void watch('a', NEVER);
    await vi.advanceTimersByTimeAsync(60);
    void watch('b', NEVER);
    await watch('c', Promise.resolve());
    await vi.advanceTimersByTimeAsync(39);
    expect(outcomes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(outcomes).toEqual(['a is late']);
    await vi.advanceTimersByTimeAsync(59);
    expect(outcomes).toEqual(['a is late']);
    await vi.advanceTimersByTimeAsync(1);
    expect(outcomes).toEqual(['a is late', 'b is late']);
  });

  it('still works after it had nothing to watch, for thousands', async () => {
    const deadline = new Deadline(100);
    for (let n = 0; n < 5_000; n += 1) await deadline.keep(Promise.resolve(n), () => 'late');
    await vi.advanceTimersByTimeAsync(1_000);
    const late = expect(deadline.keep(NEVER, () => 'late')).rejects.toThrow('late');
    await vi.advanceTimersByTimeAsync(100);
    await late;
    expect(vi.getTimerCount()).toBe(0);
  });
});
