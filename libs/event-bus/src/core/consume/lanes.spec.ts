import { describe, expect, it } from 'vitest';
import { Lanes } from './lanes.js';

describe('Lanes', () => {
  it('runs tasks of one lane one after the other, in the order they were given', async () => {
    const lanes = tasksInLanes();
    const seen: string[] = [];
    const first = deferred();
    const runs = [
      lanes.run('a', async () => {
        seen.push('1 starts');
        await first.promise;
        seen.push('1 ends');
      }),
      lanes.run('a', () => Promise.resolve(void seen.push('2'))),
      lanes.run('a', () => Promise.resolve(void seen.push('3'))),
    ];
    await Promise.resolve();
    expect(seen).toEqual(['1 starts']);
    first.resolve();
    await Promise.all(runs);
    expect(seen).toEqual(['1 starts', '1 ends', '2', '3']);
  });

  it('lets other lanes, and tasks without a lane, pass', async () => {
    const lanes = tasksInLanes();
    const held = deferred();
    const blocked = lanes.run('a', () => held.promise);
    await expect(lanes.run('b', () => Promise.resolve('b'))).resolves.toBe('b');
    await expect(lanes.run(undefined, () => Promise.resolve('none'))).resolves.toBe('none');
    held.resolve();
    await blocked;
  });

  it('rejects for a task that throws at once, and goes on behind it', async () => {
    const lanes = tasksInLanes();
    const throwing = (): Promise<never> => {
      throw new Error('at once');
    };
    const runs = [lanes.run('a', throwing), lanes.run('a', throwing), lanes.run(undefined, throwing)];
    const after = lanes.run('a', () => Promise.resolve('after'));
    for (const run of runs) await expect(run).rejects.toThrow('at once');
    await expect(after).resolves.toBe('after');
  });

  it('goes on behind a task that fails, and hands its error to its own caller', async () => {
    const lanes = tasksInLanes();
    const failing = lanes.run('a', () => Promise.reject(new Error('first')));
    const next = lanes.run('a', () => Promise.resolve('second'));
    await expect(failing).rejects.toThrow('first');
    await expect(next).resolves.toBe('second');
    await expect(lanes.run('a', () => Promise.resolve('third'))).resolves.toBe('third');
  });

  it.each(['a', undefined])('starts nothing within the call: lane %s', async (lane) => {
    const seen: string[] = [];
    const run = tasksInLanes().run(lane, () => Promise.resolve(void seen.push('starts')));
    seen.push('the call is over');
    await run;
    expect(seen).toEqual(['the call is over', 'starts']);
  });

  it('tells of an end before the next one starts, and its caller of what that throws', async () => {
    const seen: string[] = [];
    const lanes = new Lanes<string, string>({
      start: (item) => {
        seen.push(`${item} starts`);
        return item === 'b' ? Promise.reject(new Error('b failed')) : Promise.resolve(item);
      },
      ended: (item) => {
        seen.push(`${item} ended`);
        if (item === 'a') throw new Error('ended badly');
      },
      failed: (_item, error) => void seen.push(error.message),
    });
    const [a, b, c] = ['a', 'b', 'c'].map((item) => lanes.run('lane', item));
    await expect(a).rejects.toThrow('ended badly');
    await expect(b).resolves.toBeUndefined();
    await expect(c).resolves.toBeUndefined();
    expect(seen).toEqual(['a starts', 'a ended', 'b starts', 'b failed', 'c starts', 'c ended']);
  });
});

/** Lanes whose items are functions. A call resolves with the result of its function. */
function tasksInLanes() {
  const answers = new Map<() => Promise<unknown>, unknown>();
  const lanes = new Lanes<() => Promise<unknown>, unknown>({
    start: (task) => task(),
    ended: (task, answer) => answers.set(task, answer),
    failed: (_task, error) => {
      throw error;
    },
  });
  return {
    run: (lane: string | undefined, task: () => Promise<unknown>) =>
      lanes.run(lane, task).then(() => answers.get(task)),
  };
}

function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}
