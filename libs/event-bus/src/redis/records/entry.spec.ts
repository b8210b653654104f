import { describe, expect, it } from 'vitest';

import type { Headers } from '../../core/backend.js';
import { fieldsOf, recordOf } from './entry.js';

const bytes = (text: string) => Buffer.from(text);
const place = { topic: 't', id: '1700000000000-1', passed: [] };

describe('the fields of an entry', () => {
  it('are the attributes, the value, the other headers and the key, in this order', () => {
    const headers: Headers = [
      ['type', bytes('x.v1')],
      ['id', bytes('1')],
      ['dead_letter_error', bytes('boom')],
    ];
    expect(fieldsOf({ key: bytes('k'), value: bytes('v'), headers }).map(String)).toEqual([
      'type',
      'x.v1',
      'id',
      '1',
      'event_data',
      'v',
      'dead_letter_error',
      'boom',
      'key',
      'k',
    ]);
  });

  it.each([
    ['null', [['n', null]]],
    [
      'called like our own',
      [
        ['key', bytes('1')],
        ['event_data', bytes('2')],
        ['~tombstone', bytes('3')],
        ['~null:x', bytes('4')],
        ['~header:key', bytes('5')],
      ],
    ],
    [
      'empty',
      [
        ['', bytes('')],
        ['type', bytes('')],
      ],
    ],
    [
      'there twice',
      [
        ['a', bytes('1')],
        ['a', bytes('2')],
      ],
    ],
  ] satisfies [string, Headers][])('bring headers back that are %s', (_, headers) => {
    const written = fieldsOf({ key: null, value: null, headers }).map((part) => Buffer.from(part));
    const { headers: read, key, value } = recordOf(place, written);
    expect({ read, key, value }).toEqual({ read: headers, key: null, value: null });
  });

  it('make an entry that somebody wrote without a value an empty one, not a tombstone', () => {
    expect(recordOf(place, [bytes('type'), bytes('x')]).value).toEqual(Buffer.alloc(0));
  });

  it('make a record a replay below the position from which the group was moved back', () => {
    expect(recordOf({ ...place, passed: [['0-0', '1700000000000-2']] }, []).isReplay).toBe(true);
    expect(recordOf({ ...place, passed: [['0-0', '1700000000000-1']] }, []).isReplay).toBe(false);
  });
});
