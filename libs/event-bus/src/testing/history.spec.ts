import { describe, expect, it } from 'vitest';

import { checkHistory } from './history.js';

const published = [
  { id: 'a1', key: 'a', seq: 1 },
  { id: 'a2', key: 'a', seq: 2 },
  { id: 'b1', key: 'b', seq: 1 },
  { id: 'a3', key: 'a', seq: 3 },
];

describe('the history checker', () => {
  it('finds nothing when every record was handled once, in order of its key', () => {
    expect(checkHistory(published, ['b1', 'a1', 'a2', 'a3'])).toEqual({
      missing: [],
      duplicates: [],
      outOfOrder: [],
      unknown: [],
    });
  });

  it('names what was never handled', () => {
    expect(checkHistory(published, ['a1', 'a3', 'b1']).missing).toEqual(['a2']);
  });

  it('names what was handled again, once for every time', () => {
    expect(checkHistory(published, ['a1', 'a2', 'a1', 'a2', 'a3', 'a1', 'b1']).duplicates).toEqual(['a1', 'a2', 'a1']);
  });

  it('does not take a redelivery for disorder', () => {
    expect(checkHistory(published, ['a1', 'a2', 'a1', 'a2', 'a3', 'b1']).outOfOrder).toEqual([]);
  });

  it('names what was first handled after a later record of its key', () => {
    expect(checkHistory(published, ['a3', 'a1', 'b1', 'a2']).outOfOrder).toEqual([
      { key: 'a', id: 'a1', after: 'a3' },
      { key: 'a', id: 'a2', after: 'a3' },
    ]);
  });

  it('names what nobody published', () => {
    expect(checkHistory(published, ['a1', 'x']).unknown).toEqual(['x']);
  });
});
