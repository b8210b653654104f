import { describe, expect, it } from 'vitest';
import { afterMove, compareNumbers, isPassed, type Passed } from './settled-ranges.js';

describe('what a group has passed', () => {
  const at = (since: number, ...ranges: readonly (readonly [number, number])[]): Passed<number> => ({ since, ranges });
  const move = (passed: Passed<number>, from: number, to: number) => afterMove(passed, { from, to }, compareNumbers);

  it('is all up to its position when it is moved back', () => {
    expect(move(at(0), 10, 0)).toEqual(at(0, [0, 10]));
  });

  it('stays when it is moved back again in the middle of the replay', () => {
    expect(move(at(0, [0, 10]), 5, 2)).toEqual(at(2, [0, 10]));
  });

  it('grows when the group went on behind the replay', () => {
    expect(move(at(0, [0, 10]), 12, 3)).toEqual(at(3, [0, 12]));
  });

  it('is not what a move skipped', () => {
    const skipped = move(at(0), 5, 10);
    expect(skipped).toEqual(at(10, [0, 5]));
    expect(move(skipped, 12, 0)).toEqual(at(0, [0, 5], [10, 12]));
    expect(move(at(0, [0, 5], [10, 12]), 11, 0)).toEqual(at(0, [0, 12]));
  });

  it('is nothing of what came before its first position', () => {
    expect(move(at(100), 100, 0)).toEqual(at(0));
    expect(move(at(100), 103, 0)).toEqual(at(0, [100, 103]));
  });

  it('joins what touches, and keeps the order', () => {
    expect(move(at(5, [0, 5], [8, 9], [20, 21]), 8, 0)).toEqual(at(0, [0, 9], [20, 21]));
    expect(move(at(12, [0, 5], [20, 21]), 14, 0)).toEqual(at(0, [0, 5], [12, 14], [20, 21]));
  });

  it('is remembered for the last 32 stretches', () => {
    const ranges = Array.from({ length: 32 }, (_, n) => [n * 10, n * 10 + 1] as const);
    expect(move(at(1_000, ...ranges), 1_001, 0).ranges).toEqual([...ranges.slice(1), [1_000, 1_001]]);
  });

  it('holds a range from its first place to before its last', () => {
    const passed = (place: number) =>
      isPassed(
        [
          [2, 4],
          [6, 7],
        ],
        place,
        compareNumbers,
      );
    expect([1, 2, 3, 4, 5, 6, 7].filter(passed)).toEqual([2, 3, 6]);
  });
});
