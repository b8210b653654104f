import { describe, expect, it } from 'vitest';

import type { Headers } from '../core/backend.js';
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
});
