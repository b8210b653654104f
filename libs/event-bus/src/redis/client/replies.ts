import type { EntryId } from '../records/entry-id.js';

/** An entry as XRANGE and XREADGROUP give it; its fields are `null` when it was deleted. */
export interface Entry {
  readonly id: EntryId;
  readonly fields: readonly Buffer[] | null;
  /** How often a member has vanished with it. */
  readonly abandoned?: number;
}

/** Names and values that come in turn. */
export function pairs(reply: unknown): Readonly<Record<string, unknown>> {
  const list = reply as readonly unknown[];
  const found: Record<string, unknown> = {};
  for (let n = 0; n + 1 < list.length; n += 2) found[String(list[n])] = list[n + 1];
  return found;
}

/** The entries of XRANGE, or of XAUTOCLAIM's second part. */
export function entriesOf(reply: unknown): readonly Entry[] {
  return (reply as readonly (readonly [Buffer, readonly Buffer[] | null])[]).map(([id, fields]) => ({
    id: id.toString(),
    fields,
  }));
}

/** The entries of one stream in the answer of XREADGROUP, which is null when there are none. */
export function entriesRead(reply: unknown): readonly Entry[] {
  const [stream] = (reply as readonly (readonly [Buffer, unknown])[] | null) ?? [];
  return stream === undefined ? [] : entriesOf(stream[1]);
}
