import { InvalidEventError, timeText } from 'nest-event-bus/core';
import type { Branded } from './branded.js';

/**
 * A date and time as Python's `isoformat()` writes it: `2026-02-28T12:34:56.789012+05:30`. {@link dateTime} creates
 * one.
 *
 * Microseconds have six digits and are left out if 0. Without an offset the value is naive: its time zone is unknown.
 */
export type DateTimeString = Branded<'DateTime'>;

/** The parts of a date and time, not rounded. */
export interface DateTimeParts {
  /** From 1 to 9999. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
  /** How far the clock is ahead of UTC, such as `+05:30`, rarely with seconds. Left out if the value is naive. */
  readonly offset?: string;
}

/**
 * Returns a `Date`, or a text such as `2026-02-28T12:34:56Z`, in the wire form. A text in the wire form is unchanged.
 *
 * A text may have 1 to 6 digits of a second's fraction, and `Z`, an offset, or neither. Throws `InvalidEventError` for
 * other texts and invalid dates.
 */
export function dateTime(value: Date | string): DateTimeString {
  return typeof value === 'string' ? textOf(parseDateTime(value)) : (timeText(value) as DateTimeString);
}

/** Returns the parts of a date and time. Throws `InvalidEventError` for texts that {@link dateTime} would reject. */
export function parseDateTime(text: string): DateTimeParts {
  const groups = PATTERN.exec(text)?.groups;
  if (groups === undefined) throw new InvalidEventError(NOT_ONE);
  const part = (name: string) => Number(groups[name]);
  const { fraction = '', offset } = groups;
  const parts = {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
    microsecond: Number(fraction.padEnd(6, '0')),
  };
  if (!exists(parts) || (offset !== undefined && !/^(?:Z|.(?:[01]\d|2[0-3]):)/.test(offset)))
    throw new InvalidEventError(NOT_ONE);
  return offset === undefined ? parts : { ...parts, offset: canonicalOffset(offset) };
}

/** Returns the date and time with these parts. Throws `InvalidEventError` if there is no such date or offset. */
export function formatDateTime(parts: DateTimeParts): DateTimeString {
  const text = textOf(parts);
  const read: Readonly<Record<string, unknown>> = { ...parseDateTime(text) };
  if (!Object.entries(parts).every(([name, part]) => part === read[name])) throw new InvalidEventError(NOT_ONE);
  return text;
}

/** Returns the time, cut to milliseconds. A naive value is read as UTC, the time zone of Open edX servers. */
export function toDate(text: DateTimeString): Date {
  const { year, month, day, hour, minute, second, microsecond, offset = '+00:00' } = parseDateTime(text);
  const moment = new Date(0);
  // `Date.UTC` would add 1900 to years before 100.
  moment.setUTCFullYear(year, month - 1, day);
  moment.setUTCHours(hour, minute, second);
  const microseconds = microsecond - microsecondsOf(offset);
  return new Date(moment.getTime() + Math.floor(microseconds / 1000));
}

const PATTERN = new RegExp(
  String.raw`^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,6}))?` +
    String.raw`(?<offset>Z|[+-]\d\d:[0-5]\d(?::[0-5]\d(?:\.\d{6})?)?)?$`,
);

const NOT_ONE =
  'This is not a date and time. Allowed: 2026-02-28T12:34:56.789012+05:30, with or without up to six digits of a fraction, ' +
  'with an offset, Z or neither, in the years 1 to 9999.';

function textOf({ year, month, day, hour, minute, second, microsecond, offset = '' }: DateTimeParts): DateTimeString {
  const date = [digits(year, 4), digits(month, 2), digits(day, 2)].join('-');
  const time = [digits(hour, 2), digits(minute, 2), digits(second, 2)].join(':');
  return `${date}T${time}${microsecond === 0 ? '' : `.${digits(microsecond, 6)}`}${offset}` as DateTimeString;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}

function exists({ year, month, day, hour, minute, second }: DateTimeParts): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return (
    year >= 1 &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  );
}

/** Writes the offset like Python: without seconds or fraction if they are 0, and without a minus before 0. */
function canonicalOffset(offset: string): string {
  if (offset === 'Z') return '+00:00';
  const short = offset.replace(/\.000000$/, '').replace(/^(.\d\d:\d\d):00$/, '$1');
  return short === '-00:00' ? '+00:00' : short;
}

function microsecondsOf(offset: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = offset.slice(1).split(':').map(Number);
  const total = Math.round(((hours * 60 + minutes) * 60 + seconds) * 1e6);
  return offset.startsWith('-') ? -total : total;
}
