import { expect, it } from 'vitest';
import type { Headers } from '../../core/backend.js';
import { fromClientHeaders, toClientHeaders } from './headers.js';

it('keeps order, repeated names and a name that objects have by themselves', () => {
  const headers: Headers = [
    ['b', Buffer.from('1')],
    ['__proto__', Buffer.from('2')],
    ['a', Buffer.from('3')],
    ['a', Buffer.from('4')],
  ];
  expect(fromClientHeaders(toClientHeaders(headers))).toEqual(headers);
});

it('reads a header without a value, and sends it with an empty one', () => {
  expect(fromClientHeaders({ a: null as unknown as Buffer })).toEqual([['a', null]]);
  expect(toClientHeaders([['a', null]])['a']).toEqual(Buffer.alloc(0));
});
