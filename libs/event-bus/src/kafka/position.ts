import type { Position } from '../core/backend.js';

/** `partition:offset`. Offsets are numbers: 2^53 of them last longer than any broker. */
export function positionText(partition: number, offset: number): Position {
  return `${partition}:${offset}`;
}

/** The place that a text names, or `undefined` when it names none. */
export function readPosition(position: Position): { readonly partition: number; readonly offset: number } | undefined {
  const match = /^(\d{1,9}):(\d{1,15})$/.exec(position);
  return match === null ? undefined : { partition: Number(match[1]), offset: Number(match[2]) };
}
