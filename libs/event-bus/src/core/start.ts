import type { Start } from './backend.js';

/** `earliest`, `latest` or an ISO 8601 time; `undefined` when the text is none of these. */
export function parseStart(text: string): Start | undefined {
  return text === 'earliest' || text === 'latest' ? text : parseInstant(text);
}

/**
 * A moment as an operator types it: ISO 8601, UTC without a zone; a date alone is its first moment. `undefined` when the text is none.
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

/** `Date` takes 30 February for 1 March. */
function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
