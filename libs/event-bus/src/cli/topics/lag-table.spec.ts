import { describe, expect, it } from 'vitest';
import { lagLine, lagTable, trendText } from './lag-table.js';

const AT = Date.UTC(2030, 0, 1);
const position = (partition: number, behind: number, ageMs: number | null = 1_000) => ({
  partition,
  position: `${partition}:5`,
  end: `${partition}:${5 + behind}`,
  behind,
  oldestAt: behind === 0 || ageMs === null ? null : AT - ageMs,
});

describe('The table of lag', () => {
  it('has a line per partition, a bar, and the sum', () => {
    expect(lagTable({ at: AT, positions: [position(0, 40, 125_000), position(1, 10, 4_000), position(2, 0)] })).toEqual(
      [
        'partition  position   end  lag     oldest',
        '        0       0:5  0:45   40  2 min 5 s  ████████████████████',
        '        1       1:5  1:15   10        4 s  █████',
        '        2       2:5   2:5    0          -',
        '      all                   50  2 min 5 s',
      ],
    );
  });

  it('says that an age is unknown, and that a group has no position', () => {
    const [, one] = lagTable({ at: AT, positions: [{ ...position(0, 3, null), position: null }] });
    expect(one).toBe('        0         -  0:8    3       ?  ████████████████████');
  });

  it.each([
    [900, '1 s'],
    [59_400, '59 s'],
    [3_599_000, '59 min 59 s'],
    [7_800_000, '2 h 10 min'],
    [273_600_000, '3 d 4 h'],
    // Whoever published has a clock that is ahead.
    [-5_000, '-'],
  ])('writes an age of %d ms as %s', (ageMs, text) => {
    const [, one] = lagTable({ at: AT, positions: [position(0, 1, ageMs)] });
    expect(one?.replace(/ *█+$/, '').endsWith(` ${text}`)).toBe(true);
  });

  it('says where the lag is going', () => {
    const sample = (at: number, behind: number) => ({ at: AT + at, positions: [position(0, behind)] });
    expect(trendText(sample(0, 10), sample(2_000, 34))).toBe('+12 events/s');
    expect(trendText(sample(0, 500), sample(2_000, 300))).toBe('-100 events/s, none left in 3 s');
    expect(trendText(sample(0, 5), sample(2_000, 5))).toBe('0 events/s');
  });

  it('has the age in seconds as JSON', () => {
    expect(lagLine(AT, position(0, 3, 1_500))).toEqual({
      partition: 0,
      position: '0:5',
      end: '0:8',
      lag: 3,
      lagSeconds: 1.5,
    });
    expect(lagLine(AT, position(0, 0)).lagSeconds).toBe(0);
    expect(lagLine(AT, position(0, 3, null)).lagSeconds).toBeNull();
  });
});
