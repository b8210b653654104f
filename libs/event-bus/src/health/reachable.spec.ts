import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { reachability } from './reachable.js';

describe('The question whether something answers', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is asked once for callers at the same time, and its answer holds for a while', async () => {
    const ping = vi.fn(() => Promise.resolve());
    const check = reachability({ ping }, { freshMs: 1_000 });
    const both = await Promise.all([check(), check()]);
    expect(both).toEqual([
      { ok: true, detail: 'answers' },
      { ok: true, detail: 'answers' },
    ]);
    await check();
    expect(ping).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1_001);
    await check();
    expect(ping).toHaveBeenCalledTimes(2);
  });

  it('is not asked again while it has no answer, and tells the error that comes late', async () => {
    let refuse: (error: Error) => void = () => undefined;
    const ping = vi.fn(() => new Promise<void>((_, reject) => (refuse = reject)));
    const check = reachability({ ping }, { limitMs: 3_000 });
    for (let n = 0; n < 2; n += 1) {
      const asked = check();
      await vi.advanceTimersByTimeAsync(3_000);
      await expect(asked).resolves.toEqual({ ok: false, detail: 'does not answer within 3 s' });
    }
    expect(ping).toHaveBeenCalledTimes(1);
    refuse(new Error('refused'));
    await vi.advanceTimersByTimeAsync(0);
    await expect(check()).resolves.toEqual({ ok: false, detail: 'refused' });
  });

  it('is answered also if the ping throws at once', async () => {
    const ping = () => {
      throw new Error('closed');
    };
    await expect(reachability({ ping })()).resolves.toEqual({ ok: false, detail: 'closed' });
  });
});
