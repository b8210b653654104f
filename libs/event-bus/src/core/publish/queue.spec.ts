import { describe, expect, it } from 'vitest';

import { Queue } from './queue.js';

describe('a queue', () => {
  it('gives what was added in its order, whatever comes and goes meanwhile', () => {
    const queue = new Queue<number>();
    const taken: (number | undefined)[] = [];
    for (let n = 0; n < 100; n += 1) {
      queue.add(n);
      if (n % 3 === 0) taken.push(queue.take());
    }
    expect(queue.length).toBe(66);
    expect(queue.first).toBe(34);
    while (queue.length > 0) taken.push(queue.take());
    expect(taken).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  it('gives nothing when it is empty', () => {
    const queue = new Queue<number>();
    expect([queue.first, queue.take(), queue.length]).toEqual([undefined, undefined, 0]);
    queue.add(1);
    expect([queue.take(), queue.take(), queue.first]).toEqual([1, undefined, undefined]);
  });
});
