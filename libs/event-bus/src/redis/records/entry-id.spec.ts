import { describe, expect, it } from 'vitest';

import { compareIds, idAfter, idAt, idBefore, parseId, timeOf } from './entry-id.js';

const LAST_SEQUENCE = '18446744073709551615';

describe('entry ids', () => {
  it('lie in the order of their numbers, not of their text', () => {
    const ids = ['10-0', '9-0', '9-10', '9-9', `9-${LAST_SEQUENCE}`];
    expect(ids.toSorted(compareIds)).toEqual(['9-0', '9-9', '9-10', `9-${LAST_SEQUENCE}`, '10-0']);
    expect(compareIds('9-1', '9-1')).toBe(0);
  });

  it.each([
    ['5-3', '5-2'],
    ['5-0', `4-${LAST_SEQUENCE}`],
    ['0-1', '0-0'],
  ])('before %s comes %s, and after that the first again', (id, before) => {
    expect(idBefore(id)).toBe(before);
    expect(idAfter(before)).toBe(id);
  });

  it('have nothing before the first', () => {
    expect(idBefore('0-0')).toBe('0-0');
  });

  it.each([
    ['1700000000000-5', '1700000000000-5'],
    ['17', '17-0'],
    ['007-01', '7-1'],
    ['', undefined],
    ['$', undefined],
    ['5-', undefined],
    ['-5', undefined],
    ['5-18446744073709551616', undefined],
  ])('are read from text: %j', (text, id) => {
    expect(parseId(text)).toBe(id);
  });

  it('carry the time', () => {
    expect(timeOf(idAt(1_700_000_000_123))).toBe(1_700_000_000_123);
    expect(idAt(-5)).toBe('0-0');
  });
});
