import { describe, expect, it } from 'vitest';
import { MAX_RANGES } from '../../core/member/settled-ranges.js';
import { commitMetadata, NO_MEMORY, readMemory, reasonHash } from './commit-metadata.js';

describe('What a commit remembers', () => {
  it('is read as it was written', () => {
    const memory = {
      since: 3,
      ranges: [[0, 2] as const, [5, 900] as const],
      once: [reasonHash('one'), reasonHash('another')],
      settled: [11, 12, 19, 200],
    };
    expect(readMemory(10, commitMetadata(10, memory))).toEqual(memory);
  });

  it('is nothing where there is nothing to remember', () => {
    expect(commitMetadata(10, NO_MEMORY)).toBe('');
    expect(readMemory(10, '')).toEqual(NO_MEMORY);
    expect(readMemory(10, null)).toEqual(NO_MEMORY);
  });

  it('fits what brokers take, however much it is: the first that are settled count, and the last reasons to move', () => {
    const settled = Array.from({ length: 50_000 }, (_, n) => n + 1);
    const ranges = Array.from({ length: MAX_RANGES }, (_, n) => [1e14 + 2 * n, 1e14 + 2 * n + 1] as const);
    const once = Array.from({ length: 30 }, (_, n) => reasonHash(`reason ${n}`));
    const text = commitMetadata(0, { since: 999_999_999_999_999, ranges, once, settled });
    expect(text.length).toBeLessThan(4_096);
    const read = readMemory(0, text);
    expect(read.settled.length).toBeGreaterThan(10_000);
    expect(read.settled).toEqual(settled.slice(0, read.settled.length));
    expect(read.ranges).toEqual(ranges);
    expect(read.once).toEqual(once.slice(-20));
  });

  it('takes what others wrote for nothing', () => {
    for (const text of ['from a tool', 'since:soon settled', 'since:-1 passed:5', ':', 'settled: passed: once:']) {
      expect(readMemory(5, text), text).toEqual(NO_MEMORY);
    }
  });
});
