import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { NUMBERED } from '../apps/src/events.js';

/** One published event of the tests. */
export interface NumberedEvent {
  readonly id: string;
  readonly key: string;
  readonly seq: number;
  readonly note?: string;
}

/** `count` events over `keys` keys, numbered within each. */
export function numbered(count: number, keys = 10): readonly NumberedEvent[] {
  return Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    key: `k${n % keys}`,
    seq: Math.floor(n / keys),
  }));
}

/** The events as `event-bus produce` reads them. */
export function jsonLines(events: readonly NumberedEvent[]): string {
  return events
    .map(({ id, key, seq, note = null }) =>
      JSON.stringify({ type: NUMBERED.type, data: { number: { key, seq, note } }, metadata: { id } }),
    )
    .join('\n');
}

/** One call of the history consumer's handler. */
export interface Call {
  readonly id: string;
  readonly key: string;
  readonly seq: number;
  readonly member: number;
}

/** The calls that the history consumers left in the file, in their order; a line that a kill cut off counts as not written. */
export function callsIn(file: string): readonly Call[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Call);
}
