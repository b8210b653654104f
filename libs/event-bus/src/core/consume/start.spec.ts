import { afterEach, expect, it } from 'vitest';
import { parseStart } from './start.js';

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

it('takes a time without a zone for UTC, whatever the zone of the machine', () => {
  process.env['TZ'] = 'Asia/Kolkata';
  expect(new Date(2023, 0, 1).toISOString()).toBe('2022-12-31T18:30:00.000Z');
  for (const text of ['2023-01-01', '2023-01-01T00:00:00', '2023-01-01T05:30:00+05:30'])
    expect(parseStart(text), text).toEqual(new Date('2023-01-01T00:00:00Z'));
});
