import { describe, expect, it } from 'vitest';
import { InvalidEventError } from '../errors.js';
import { readTime, timeText } from './time.js';

describe('timeText', () => {
  it.each([
    ['2024-02-29T12:34:56.789Z', '2024-02-29T12:34:56.789000+00:00'],
    ['2024-02-29T12:34:56.001Z', '2024-02-29T12:34:56.001000+00:00'],
    ['2024-02-29T12:34:56.000Z', '2024-02-29T12:34:56+00:00'],
    ['0001-01-01T00:00:00.000Z', '0001-01-01T00:00:00+00:00'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999000+00:00'],
  ])('writes %s as %s', (iso, wire) => {
    expect(timeText(new Date(iso))).toBe(wire);
    expect(readTime(wire)).toBe(wire);
  });

  it.each([
    new Date(NaN),
    new Date('+010000-01-01T00:00:00Z'),
    new Date('0000-12-31T23:59:59Z'),
    new Date('-000001-01-01T00:00:00Z'),
  ])('refuses %s', (date) => {
    expect(() => timeText(date)).toThrow(
      new InvalidEventError('The time of an event must be a valid date in the years 1 to 9999.'),
    );
  });
});

describe('readTime', () => {
  it.each([
    ['2024-02-29T12:34:56Z', '2024-02-29T12:34:56+00:00'],
    ['2024-02-29T12:34:56+00:00', '2024-02-29T12:34:56+00:00'],
    ['2024-02-29T12:34:56.7Z', '2024-02-29T12:34:56.700000+00:00'],
    ['2024-02-29T12:34:56.789Z', '2024-02-29T12:34:56.789000+00:00'],
    ['2024-02-29T12:34:56.789012+00:00', '2024-02-29T12:34:56.789012+00:00'],
    ['2024-02-29T12:34:56.789012999Z', '2024-02-29T12:34:56.789012+00:00'],
    ['2024-02-29T12:34:56.000000+00:00', '2024-02-29T12:34:56+00:00'],
    ['2024-02-29T12:34:56.000000999Z', '2024-02-29T12:34:56+00:00'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00+00:00'],
  ])('reads %s as %s', (text, wire) => {
    expect(readTime(text)).toBe(wire);
  });

  it.each([
    ['no offset', '2024-02-29T12:34:56'],
    ['no offset, with fraction', '2024-02-29T12:34:56.789012'],
    ['another offset', '2024-02-29T12:34:56+02:00'],
    ['a negative zero offset', '2024-02-29T12:34:56-00:00'],
    ['a short offset', '2024-02-29T12:34:56+0000'],
    ['two zones', '2024-02-29T12:34:56+00:00Z'],
    ['two zones, the other way', '2024-02-29T12:34:56Z+00:00'],
    ['a date alone', '2024-02-29'],
    ['a space for T', '2024-02-29 12:34:56Z'],
    ['an empty fraction', '2024-02-29T12:34:56.Z'],
    ['a comma', '2024-02-29T12:34:56,5Z'],
    ['ten fraction digits', '2024-02-29T12:34:56.1234567890Z'],
    ['letters in the fraction', '2024-02-29T12:34:56.12x456Z'],
    ['letters in the date', '2o24-02-29T12:34:56Z'],
    ['full-width digits', '２０２４-02-29T12:34:56Z'],
    ['a day that the year lacks', '2023-02-29T12:34:56Z'],
    ['a day that the century lacks', '1900-02-29T12:34:56Z'],
    ['a day that the month lacks', '2024-04-31T12:34:56Z'],
    ['day 0', '2024-04-00T12:34:56Z'],
    ['month 0', '2024-00-01T12:34:56Z'],
    ['month 13', '2024-13-01T12:34:56Z'],
    ['year 0', '0000-01-01T12:34:56Z'],
    ['hour 24', '2024-01-01T24:00:00Z'],
    ['minute 60', '2024-01-01T00:60:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['nothing', ''],
    ['a line break at the end', '2024-02-29T12:34:56Z\n'],
  ])('refuses %s', (_, text) => {
    expect(readTime(text)).toBeUndefined();
  });
});
