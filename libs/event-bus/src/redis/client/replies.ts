import type { EntryId } from '../records/entry-id.js';

/** An entry as XRANGE and XREADGROUP return it. `fields` is null if the entry was deleted. */
export interface Entry {
  readonly id: EntryId;
  readonly fields: readonly Buffer[] | null;
  /** How many members have vanished while they held this entry. */
  readonly abandoned?: number;
}

/** Turns a reply of alternating names and values into an object. */
export function pairs(reply: unknown): Readonly<Record<string, unknown>> {
  const list = reply as readonly unknown[];
  const found: Record<string, unknown> = {};
  for (let n = 0; n + 1 < list.length; n += 2) found[String(list[n])] = list[n + 1];
  return found;
}

/** The entries in a reply of XRANGE, or in the second element of a reply of XAUTOCLAIM. */
export function entriesOf(reply: unknown): readonly Entry[] {
  return (reply as readonly (readonly [Buffer, readonly Buffer[] | null])[]).map(([id, fields]) => ({
    id: id.toString(),
    fields,
  }));
}

/** The entries in a reply of XREADGROUP for one stream. Empty for the reply null. */
export function entriesRead(reply: unknown): readonly Entry[] {
  const [stream] = (reply as readonly (readonly [Buffer, unknown])[] | null) ?? [];
  return stream === undefined ? [] : entriesOf(stream[1]);
}
