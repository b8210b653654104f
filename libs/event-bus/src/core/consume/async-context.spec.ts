import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { inCleanContext, inOwnContext } from './async-context.js';

describe('An async context', () => {
  const store = new AsyncLocalStorage<string>();

  it('is clean, whatever the caller holds', async () => {
    const seen = await store.run('caller', () => inCleanContext(async () => [store.getStore(), await later()]));
    expect(seen).toEqual([undefined, undefined]);
  });

  it('keeps what is entered in it, and lets nothing out', async () => {
    for (const within of [inCleanContext, inOwnContext]) {
      const seen = within(async () => {
        store.enterWith('event');
        await Promise.resolve();
        return store.getStore();
      });
      expect(store.getStore()).toBeUndefined();
      await expect(seen).resolves.toBe('event');
      expect(inCleanContext(() => store.getStore())).toBeUndefined();
    }
  });

  it('begins with what the caller holds, where it is only one of its own', () => {
    expect(store.run('caller', () => inOwnContext(() => store.getStore()))).toBe('caller');
  });

  async function later(): Promise<string | undefined> {
    await Promise.resolve();
    return store.getStore();
  }
});
