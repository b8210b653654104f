import { describe, expect, it } from 'vitest';
import { commitMetadata, readMemory } from './commit-metadata.js';

describe('What a commit remembers', () => {
  it('is read as it was written', () => {
    const memory = { replayUntil: 1_000, settled: [11, 12, 19, 200] };
    expect(readMemory(10, commitMetadata(10, memory))).toEqual(memory);
  });

  it('is nothing where there is nothing to remember', () => {
    expect(commitMetadata(10, { replayUntil: 10, settled: [] })).toBe('');
    expect(readMemory(10, '')).toEqual({ replayUntil: 0, settled: [] });
    expect(readMemory(10, null)).toEqual({ replayUntil: 0, settled: [] });
  });

  it('fits what brokers take, however many are settled: the first ones count', () => {
    const settled = Array.from({ length: 50_000 }, (_, n) => n + 1);
    const text = commitMetadata(0, { replayUntil: 999_999_999_999_999, settled });
    expect(text.length).toBeLessThan(4_096);
    const read = readMemory(0, text).settled;
    expect(read.length).toBeGreaterThan(10_000);
    expect(read).toEqual(settled.slice(0, read.length));
  });

  it('takes what others wrote for nothing', () => {
    for (const text of ['from a tool', 'replay-until:soon settled', 'replay-until:-1', ':', 'settled:']) {
      expect(readMemory(5, text), text).toEqual({ replayUntil: 0, settled: [] });
    }
  });
});
