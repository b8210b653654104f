import type { Start } from '../backend.js';

/** Parses `earliest`, `latest` or an ISO 8601 time; `undefined` for any other text. */
export function parseStart(text: string): Start | undefined {
  return text === 'earliest' || text === 'latest' ? text : parseInstant(text);
}

/**
 * Parses an ISO 8601 time; without a zone it is UTC, and a date alone means its first moment. `undefined` for any other
 * text.
 */
export function parseInstant(text: string): Date | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(
    text.trim(),
  );
  if (match === null) return undefined;
  const [, day = '', clock = '00:00', zone = 'Z'] = match;
  const date = new Date(`${day}T${clock}${zone.toUpperCase()}`);
  return Number.isNaN(date.getTime()) || !isCalendarDay(day) ? undefined : date;
}

/** Whether the day exists. `Date` reads 30 February as 1 March. */
function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
