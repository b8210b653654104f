import { InvalidEventError } from '../errors.js';

/**
 * The wire format of a time, like Python's `isoformat()`: `2024-02-29T12:34:56.789000+00:00`, without a fraction if the
 * milliseconds are 0.
 *
 * Throws `InvalidEventError` for an invalid date, and outside the years 1 to 9999, which Python cannot represent.
 */
export function timeText(date: Date): string {
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9999))
    throw new InvalidEventError('The time of an event must be a valid date in the years 1 to 9999.');
  const text = date.toISOString();
  const milliseconds = text.slice(20, 23);
  return `${text.slice(0, 19)}${milliseconds === '000' ? '' : `.${milliseconds}000`}+00:00`;
}

/**
 * The wire format of a received time, with its microseconds, or `undefined` if the text is not a time in UTC.
 *
 * Accepts `YYYY-MM-DDTHH:MM:SS`, then 1 to 9 fraction digits or none (cut to 6), then `Z` or `+00:00`.
 */
export function readTime(text: string): string | undefined {
  if (!isDateTime(text)) return undefined;
  const zone = text.endsWith('Z') ? text.length - 1 : text.length - 6;
  if (text[zone] !== 'Z' && !text.endsWith('+00:00')) return undefined;
  if (zone === 19) return text[zone] === 'Z' ? `${text.slice(0, 19)}+00:00` : text;
  const digits = zone - 20;
  if (text[19] !== '.' || digits < 1 || digits > 9 || number(text, 20, digits) === undefined) return undefined;
  if (digits === 6 && text[zone] !== 'Z' && !text.startsWith('000000', 20)) return text;
  const fraction = text.slice(20, Math.min(zone, 26)).padEnd(6, '0');
  return `${text.slice(0, 19)}${fraction === '000000' ? '' : `.${fraction}`}+00:00`;
}

/** Whether the text begins with a date and a time that exist. */
function isDateTime(text: string): boolean {
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return false;
  const year = number(text, 0, 4);
  const month = number(text, 5, 2);
  return (
    isWithin(year, 1, 9999) &&
    isWithin(month, 1, 12) &&
    isWithin(number(text, 8, 2), 1, daysIn(year, month)) &&
    isWithin(number(text, 11, 2), 0, 23) &&
    isWithin(number(text, 14, 2), 0, 59) &&
    isWithin(number(text, 17, 2), 0, 59)
  );
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isWithin(value: number | undefined, lowest: number, highest: number): value is number {
  return value !== undefined && value >= lowest && value <= highest;
}

/** The number that the `count` decimal digits from `at` represent. */
function number(text: string, at: number, count: number): number | undefined {
  let value = 0;
  for (let n = at; n < at + count; n++) {
    const digit = text.charCodeAt(n) - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
  }
  return value;
}
