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

/**
 * What a commit carries besides the offset: up to where the group's records are replays, so that the next member knows it too.
 * Python members write nothing there; then the rest of a replay is not marked.
 */
export function commitMetadata(offset: number, replayUntil: number): string {
  return offset < replayUntil ? `replay-until:${replayUntil}` : '';
}

export function replayUntilOf(metadata: string | null | undefined): number {
  const match = /^replay-until:(\d{1,15})$/.exec(metadata ?? '');
  return match === null ? 0 : Number(match[1]);
}
