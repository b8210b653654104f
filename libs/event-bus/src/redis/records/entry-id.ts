/** The id of a stream entry: `<ms since 1970>-<number within that ms>`. */
export type EntryId = string;

const MAX_SEQUENCE = 2n ** 64n - 1n;

/** An id below that of every entry. */
export const FIRST_ID = '0-0';

/** Negative, 0 or positive, by the order of the ids in a stream. */
export function compareIds(one: EntryId, other: EntryId): number {
  if (other === FIRST_ID && one !== FIRST_ID) return 1;
  const [time, sequence] = parts(one);
  const [otherTime, otherSequence] = parts(other);
  if (time !== otherTime) return time < otherTime ? -1 : 1;
  return sequence === otherSequence ? 0 : sequence < otherSequence ? -1 : 1;
}

/** The greatest id below `id`. For 0-0 it is 0-0. */
export function idBefore(id: EntryId): EntryId {
  const [time, sequence] = parts(id);
  if (sequence > 0n) return `${time}-${sequence - 1n}`;
  return time === 0n ? FIRST_ID : `${time - 1n}-${MAX_SEQUENCE}`;
}

/** The smallest id above `id`. */
export function idAfter(id: EntryId): EntryId {
  const [time, sequence] = parts(id);
  return sequence === MAX_SEQUENCE ? `${time + 1n}-0` : `${time}-${sequence + 1n}`;
}

/** The smallest id that an entry added at `time` can have, in ms since 1970. */
export function idAt(time: number): EntryId {
  return `${Math.max(0, Math.ceil(time))}-0`;
}

/** When the entry was added, in ms since 1970. */
export function timeOf(id: EntryId): number {
  return Number.parseInt(id, 10);
}

/** Parses an id. The second number is optional. `undefined` if the text is not an id. */
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
