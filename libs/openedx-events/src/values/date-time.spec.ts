import { InvalidEventError } from 'nest-event-bus/core';
import { describe, expect, it } from 'vitest';
import { dateTime, formatDateTime, parseDateTime, toDate } from './date-time.js';

// test/interop/openedx-values.spec.ts shows which texts Python reads and writes.
const NOT_ONE = new InvalidEventError(
  'This is not a date and time. Allowed: 2026-02-28T12:34:56.789012+05:30, with or without up to six digits of a fraction, ' +
    'with an offset, Z or neither, in the years 1 to 9999.',
);

describe('dateTime', () => {
  it('writes a date in UTC, as Python does', () => {
    expect(dateTime(new Date('2026-02-28T12:34:56.789Z'))).toBe('2026-02-28T12:34:56.789000+00:00');
    expect(dateTime(new Date('2026-02-28T12:34:56Z'))).toBe('2026-02-28T12:34:56+00:00');
    expect(() => dateTime(new Date(Number.NaN))).toThrow(InvalidEventError);
  });

  it.each([
    ['2026-02-28T12:34:56.789012+05:30', '2026-02-28T12:34:56.789012+05:30'],
    ['2026-02-28T12:34:56', '2026-02-28T12:34:56'],
    ['2026-02-28T12:34:56Z', '2026-02-28T12:34:56+00:00'],
    ['2026-02-28T12:34:56.7Z', '2026-02-28T12:34:56.700000+00:00'],
    ['2026-02-28T12:34:56.000-00:00', '2026-02-28T12:34:56+00:00'],
    ['1900-01-01T00:00:00+05:53:28.000000', '1900-01-01T00:00:00+05:53:28'],
  ])('writes %s in the form of the wire', (text, written) => {
    expect(dateTime(text)).toBe(written);
  });

  it.each([
    '2026-02-28',
    '2026-02-28T24:00:00',
    '2026-02-29T00:00:00',
    '2026-02-28T12:34:56.1234567',
    '2026-02-28T12:34:56+24:00',
    '2026-02-28T12:34:56+00:00:60',
  ])('refuses %s', (text) => {
    expect(() => dateTime(text)).toThrow(NOT_ONE);
  });
});

describe('the parts of a date and time', () => {
  const parts = { year: 2026, month: 2, day: 28, hour: 12, minute: 34, second: 56, microsecond: 789012 };

  it('are exact, and have no offset when it is naive', () => {
    expect(parseDateTime('2026-02-28T12:34:56.789012')).toStrictEqual(parts);
    expect(parseDateTime('2026-02-28T12:34:56.789012-11:45')).toStrictEqual({ ...parts, offset: '-11:45' });
    expect(formatDateTime(parts)).toBe('2026-02-28T12:34:56.789012');
    expect(formatDateTime({ ...parts, microsecond: 0, offset: '+00:00' })).toBe('2026-02-28T12:34:56+00:00');
  });

  it.each([
    { ...parts, day: 29 },
    { ...parts, month: 0 },
    { ...parts, hour: 24 },
    { ...parts, second: 1.5 },
    { ...parts, microsecond: 1_000_000 },
    { ...parts, microsecond: -1 },
    { ...parts, year: 10_000 },
    { ...parts, offset: 'Europe/Berlin' },
    { ...parts, offset: 'Z' },
  ])('are refused when there is no such moment: %j', (wrong) => {
    expect(() => formatDateTime(wrong)).toThrow(NOT_ONE);
  });
});

describe('toDate', () => {
  it.each([
    ['2026-02-28T12:34:56.789012+00:00', '2026-02-28T12:34:56.789Z'],
    ['2026-02-28T12:34:56.789999+05:30', '2026-02-28T07:04:56.789Z'],
    ['2026-02-28T23:34:56-11:45', '2026-03-01T11:19:56.000Z'],
    ['2026-02-28T12:34:56', '2026-02-28T12:34:56.000Z'],
    ['1900-01-01T00:00:00.000001-00:44:30.000002', '1900-01-01T00:44:30.000Z'],
    ['1900-01-01T00:00:00.000001+00:00:00.000002', '1899-12-31T23:59:59.999Z'],
    ['0001-01-01T00:00:00', '0001-01-01T00:00:00.000Z'],
    ['0099-03-01T00:00:00+00:00', '0099-03-01T00:00:00.000Z'],
  ])('gives the moment of %s, cut to milliseconds', (text, moment) => {
    expect(toDate(dateTime(text)).toISOString()).toBe(moment);
  });
});
