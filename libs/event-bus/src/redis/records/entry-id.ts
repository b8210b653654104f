/** The id of a stream entry: `<ms since 1970>-<number within that ms>`. */
export type EntryId = string;

const MAX_SEQUENCE = 2n ** 64n - 1n;

/** Before every entry. */
export const FIRST_ID = '0-0';

/** Negative, 0 or positive, as ids lie in a stream. */
export function compareIds(one: EntryId, other: EntryId): number {
  if (other === FIRST_ID && one !== FIRST_ID) return 1;
  const [time, sequence] = parts(one);
  const [otherTime, otherSequence] = parts(other);
  if (time !== otherTime) return time < otherTime ? -1 : 1;
  return sequence === otherSequence ? 0 : sequence < otherSequence ? -1 : 1;
}

/** The greatest id below this one; that of 0-0 is itself. */
export function idBefore(id: EntryId): EntryId {
  const [time, sequence] = parts(id);
  if (sequence > 0n) return `${time}-${sequence - 1n}`;
  return time === 0n ? FIRST_ID : `${time - 1n}-${MAX_SEQUENCE}`;
}

/** The smallest id above this one. */
export function idAfter(id: EntryId): EntryId {
  const [time, sequence] = parts(id);
  return sequence === MAX_SEQUENCE ? `${time + 1n}-0` : `${time}-${sequence + 1n}`;
}

/** The smallest id that an entry made at that time, in ms since 1970, may have. */
export function idAt(time: number): EntryId {
  return `${Math.max(0, Math.ceil(time))}-0`;
}

/** When the entry was made, in ms since 1970. */
export function timeOf(id: EntryId): number {
  return Number.parseInt(id, 10);
}

/** The id as text may give it, also without its second number; `undefined` when it is none. */
export function parseId(text: string): EntryId | undefined {
  const match = /^(\d{1,20})(?:-(\d{1,20}))?$/.exec(text);
  if (match === null) return undefined;
  const [, time = '', sequence = '0'] = match;
  return BigInt(time) > MAX_SEQUENCE || BigInt(sequence) > MAX_SEQUENCE
    ? undefined
    : `${BigInt(time)}-${BigInt(sequence)}`;
}

function parts(id: EntryId): readonly [time: bigint, sequence: bigint] {
  const dash = id.indexOf('-');
  return [BigInt(id.slice(0, dash)), BigInt(id.slice(dash + 1))];
}
