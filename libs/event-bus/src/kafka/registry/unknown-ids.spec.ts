import { describe, expect, it } from 'vitest';
import { UnknownIds } from './unknown-ids.js';

describe('an id that the registry does not know', () => {
  it('may turn up within the patience, counted from when it was first asked for', () => {
    const ids = new UnknownIds({ patienceMs: 30_000 });
    expect([0, 29_000, 30_000, 31_000].map((now) => ids.patience('7', now))).toEqual([30_000, 1_000, 0, 0]);
  });

  it('is waited for shorter and shorter the more of them stay unknown, so that many cost twice the patience in all', () => {
    const ids = new UnknownIds({ patienceMs: 30_000 });
    let now = 0;
    for (let id = 0; id < 10_000; id += 1) {
      for (let left = ids.patience(`${id}`, now); left > 0; left = ids.patience(`${id}`, now)) now += left;
    }
    expect(now).toBeLessThanOrEqual(60_000);
    expect(now).toBeGreaterThan(55_000);
  });

  it('is given up at once when it comes again', () => {
    const ids = new UnknownIds({ patienceMs: 30_000 });
    ids.patience('7', 0);
    ids.patience('7', 30_000);
    expect(ids.patience('7', 1e9)).toBe(0);
  });

  it('is waited for in full again after another one turned up late', () => {
    const ids = new UnknownIds({ patienceMs: 30_000 });
    ids.patience('7', 0);
    ids.patience('7', 30_000);
    expect(ids.patience('8', 30_000)).toBe(15_000);
    ids.found('8');
    expect(ids.patience('9', 31_000)).toBe(30_000);
  });

  it('is waited for in full again when the last mistake is long ago', () => {
    const ids = new UnknownIds({ patienceMs: 30_000, recoveryMs: 100_000 });
    ids.patience('7', 0);
    ids.patience('7', 30_000);
    expect(ids.patience('8', 129_999)).toBe(15_000);
    expect(ids.patience('9', 130_000)).toBe(30_000);
  });
});
