import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { MemberLifecycle, type MemberWork } from './member-lifecycle.js';

const NEVER = 2 ** 40;

/** A member whose backend runs the given functions. `said` lists the calls of the lifecycle, in order. */
function member({ stopBudgetMs = NEVER, ...does }: Partial<MemberWork> & { readonly stopBudgetMs?: number } = {}) {
  const said: string[] = [];
  const stop = new AbortController();
  const lifecycle = new MemberLifecycle({ stopBudgetMs }, stop.signal);
  const state = { running: 0 };
  const work: MemberWork = {
    get running() {
      return state.running;
    },
    async work() {
      said.push('work');
      while (!lifecycle.isEnding) {
        lifecycle.throwFailure();
        await lifecycle.changed();
      }
    },
    settle: () => Promise.resolve(false),
    abort: ({ message }) => said.push(`abort: ${message}`),
    leave: () => Promise.resolve(void said.push('leave')),
    giveUp: ({ message }) => Promise.resolve(void said.push(`give up: ${message}`)),
    onEnding: () => said.push('ending'),
    ...does,
  };
  return { said, stop, lifecycle, state, run: () => lifecycle.run(work) };
}

describe('the life of a member', () => {
  it('works, ends and leaves when it is stopped', async () => {
    const { said, stop, run } = member();
    const running = run();
    await nextTurnOfLoop();
    expect(said).toEqual(['work']);
    stop.abort();
    await running;
    expect(said).toEqual(['work', 'ending', 'leave']);
  });

  it('is nothing when the stop came before', async () => {
    const { said, stop, run } = member();
    stop.abort();
    await run();
    expect(said).toEqual([]);
  });

  it('waits for the calls that run, and settles them as they end', async () => {
    const settled: number[] = [];
    const finished: number[] = [];
    const settle = () => {
      settled.push(...finished);
      return Promise.resolve(finished.splice(0).length > 0);
    };
    const { said, stop, lifecycle, state, run } = member({ settle });
    state.running = 2;
    const running = run();
    stop.abort();
    for (const each of [1, 2]) {
      await nextTurnOfLoop();
      expect(said).not.toContain('leave');
      finished.push(each);
      state.running -= 1;
      lifecycle.change();
    }
    await running;
    // The last one is for leave to settle.
    expect(settled).toEqual([1]);
    expect(said).toEqual(['work', 'ending', 'leave']);
  });

  it('aborts what runs longer than the stop budget, and leaves', async () => {
    const { said, stop, state, run } = member({ stopBudgetMs: 1 });
    state.running = 1;
    const running = run();
    stop.abort();
    await running;
    const abort = 'abort: Handlers did not end within the stop budget of 1 ms.';
    expect(said).toEqual(['work', 'ending', abort, 'leave']);
  });

  it('ends when a call rejects, and rejects with that', async () => {
    const { said, lifecycle, run } = member();
    const running = run();
    lifecycle.reject(new Error('first'));
    lifecycle.reject(new Error('second'));
    await expect(running).rejects.toThrow('first');
    expect(said).toEqual(['work', 'ending', 'leave']);
  });

  it('takes a call that rejects after a stop for one that was not settled', async () => {
    const { stop, lifecycle, run } = member();
    const running = run();
    stop.abort();
    lifecycle.reject(new Error('of the stop'));
    await expect(running).resolves.toBeUndefined();
  });

  it('gives up when the backend fails: at work, while it drains, and while it leaves', async () => {
    const atWork = member();
    const running = atWork.run();
    atWork.lifecycle.fail(new Error('gone'));
    atWork.lifecycle.fail(new Error('still gone'));
    await expect(running).rejects.toThrow('gone');
    expect(atWork.said).toEqual(['work', 'ending', 'give up: gone']);

    const draining = member();
    draining.state.running = 1;
    const drained = draining.run();
    draining.stop.abort();
    await nextTurnOfLoop();
    draining.lifecycle.fail(new Error('gone'));
    await expect(drained).rejects.toThrow('gone');
    expect(draining.said).toEqual(['work', 'ending', 'give up: gone']);

    const leaving = member({ leave: () => Promise.reject(new Error('gone')) });
    const left = leaving.run();
    leaving.stop.abort();
    await expect(left).rejects.toThrow('gone');
    expect(leaving.said).toEqual(['work', 'ending', 'give up: gone']);
  });

  it('holds no process: no timer is left when it has ended', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const { stop, lifecycle, run } = member();
    const running = run();
    expect(await lifecycle.changed(1)).toBe(false);
    stop.abort();
    await running;
    expect(timers()).toBe(before);
  });
});
