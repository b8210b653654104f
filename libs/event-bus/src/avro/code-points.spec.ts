import { expect, it } from 'vitest';
import { compareCodePoints } from './code-points.js';

it('sorts as Python does: by code point, not by UTF-16 unit and not by number', () => {
  const sorted = [
    '',
    '10',
    '9',
    'A',
    'a',
    'aa',
    'b',
    'ключ',
    '\uE000',
    '\uFB01',
    '～',
    '\u{10000}',
    '🦊',
    '😀',
    '😀a',
    '😁',
    '\u{10FFFF}',
  ];
  const byBytes = [...sorted].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect([...sorted].reverse().sort(compareCodePoints)).toEqual(byBytes);
  expect([...sorted].sort()).not.toEqual(byBytes);
});
