import { describe, expect, it } from 'vitest';
import { moveTable } from './move-table.js';

describe('the table of a move', () => {
  const moves = [
    { partition: 0, from: '0:1200', to: '0:0', again: 1200, skipped: 0 },
    { partition: 1, from: null, to: '1:7', again: 0, skipped: 7 },
  ];

  it('shows each partition, their sum, and that nothing was moved', () => {
    expect(moveTable(moves, true)).toEqual([
      'partition    from   to  again  skipped',
      '        0  0:1200  0:0   1200        0',
      '        1       -  1:7      0        7',
      '      all                1200        7',
      '1200 events would be handled again, 7 would be skipped. Dry run: the group was not moved.',
    ]);
  });

  it('has no sum of one partition', () => {
    expect(moveTable(moves.slice(0, 1), false)).toEqual([
      'partition    from   to  again  skipped',
      '        0  0:1200  0:0   1200        0',
      '1200 events will be handled again, 0 will be skipped.',
    ]);
  });
});
