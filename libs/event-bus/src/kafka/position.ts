import type { Position } from '../core/backend.js';

/** Formats `partition:offset`. Offsets are numbers: no broker reaches 2^53 of them. */
export function positionText(partition: number, offset: number): Position {
  return `${partition}:${offset}`;
}

/** Parses a position; `undefined` for any other text. */
export function readPosition(position: Position): { readonly partition: number; readonly offset: number } | undefined {
  const match = /^(\d{1,9}):(\d{1,15})$/.exec(position);
  return match === null ? undefined : { partition: Number(match[1]), offset: Number(match[2]) };
}
