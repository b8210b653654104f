import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { NUMBERED } from '../apps/src/events.js';

/** A published event of the tests. */
export interface NumberedEvent {
  readonly id: string;
  readonly key: string;
  readonly seq: number;
  readonly note?: string;
}

/** Creates `count` events with `keys` keys, numbered within each key. */
export function numbered(count: number, keys = 10): readonly NumberedEvent[] {
  return Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    key: `k${n % keys}`,
    seq: Math.floor(n / keys),
  }));
}

/** The events as input for `event-bus produce`. */
export function jsonLines(events: readonly NumberedEvent[]): string {
  return events
    .map(({ id, key, seq, note = null }) =>
      JSON.stringify({ type: NUMBERED.type, data: { number: { key, seq, note } }, metadata: { id } }),
    )
    .join('\n');
}

/** A handler call of the history consumer. */
export interface Call {
  readonly id: string;
  readonly key: string;
  readonly seq: number;
  readonly member: number;
}

/** The calls that history consumers wrote to the file, in order. A line cut off by a kill counts as not written. */
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
