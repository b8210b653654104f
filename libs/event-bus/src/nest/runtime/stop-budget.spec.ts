import { setTimeout as pass } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { handlersBudgetMs, StopBudget } from './stop-budget.js';

describe('A stop budget', () => {
  it('leaves handlers nine tenths of the time', () => {
    expect(handlersBudgetMs(25_000)).toBe(22_500);
  });

  it('is one for all that a stop does, from the first on', async () => {
    const budget = new StopBudget(10);
    const begunAt = performance.now();
    await expect(budget.allows(pass(500))).resolves.toBe(true);
    await expect(budget.allows(new Promise(() => undefined))).resolves.toBe(false);
    await expect(budget.allows(new Promise(() => undefined))).resolves.toBe(false);
    const tookMs = performance.now() - begunAt;
    expect(tookMs).toBeGreaterThanOrEqual(1_008);
    // The last two get 0.2 s at least, so that they can end after hooks that took too long.
    expect(tookMs).toBeLessThan(1_450 + 200);
  });

  it('passes on what the work rejects with', async () => {
    await expect(new StopBudget(1_000).allows(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
