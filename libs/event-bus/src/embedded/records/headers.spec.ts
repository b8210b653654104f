import { describe, expect, it } from 'vitest';

import type { Headers } from '../../core/backend.js';
import { decodeHeaders, encodeHeaders } from './headers.js';

describe('headers in the file', () => {
  it('keep order, repeated names, bytes, empty and null values', () => {
    const headers: Headers = [
      ['z', Buffer.from([0, 255, 128])],
      ['ключ', Buffer.alloc(0)],
      ['a', null],
      ['z', Buffer.from('second')],
      ['', Buffer.alloc(70_000, 1)],
    ];
    expect(decodeHeaders(encodeHeaders(headers))).toEqual(headers);
  });

  it('are null when there are none', () => {
    expect(encodeHeaders([])).toBeNull();
    expect(decodeHeaders(null)).toEqual([]);
  });

  it('are read the same whatever headers the record before had', () => {
    const value = Buffer.from('v');
    const all: Headers[] = [
      [],
      [['ab', value]],
      [['cd', null]],
      [['é', value]],
      [['Ã©', value]],
      [
        ['ab', value],
        ['ab', null],
      ],
      [
        ['cd', value],
        ['abc', value],
      ],
    ];
    for (const headers of all) {
      for (const like of all) expect(decodeHeaders(encodeHeaders(headers), like)).toEqual(headers);
    }
  });
});
