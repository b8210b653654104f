import type { Header, OutgoingRecord, ReceivedRecord } from '../../core/backend.js';
import { isText } from '../../core/event/text-cache.js';
import { isPassed, type Range } from '../../core/member/settled-ranges.js';
import { ATTRIBUTE_NAMES } from './attribute-names.js';
import { compareIds, type EntryId, timeOf } from './entry-id.js';

/** Alternating names and values of an entry's fields. */
export type Fields = readonly (string | Uint8Array)[];

const VALUE = 'event_data';
const KEY = 'key';
/**
 * Fields for values that a stream field cannot express have names with this prefix. Headers whose own names have this
 * prefix are written as {@link ESCAPED}.
 */
const MARK = '~';
const TOMBSTONE = `${MARK}tombstone`;
const ESCAPED = `${MARK}header:`;
const NULL = `${MARK}null:`;

const EMPTY = Buffer.alloc(0);

const ATTRIBUTES: ReadonlySet<string> = new Set(Object.values(ATTRIBUTE_NAMES));

/**
 * The fields of a record, in this order:
 *
 * - as Open edX writes them: each attribute under its own name, and the value as `event_data`
 * - fields that Open edX's readers ignore: the other headers, and the key bytes as `key`
 *
 * Special fields: `~null:<name>` is a header without a value, `~tombstone` a record without a value, `~header:<name>` a
 * header whose name has another meaning here.
 */
export function fieldsOf({ key, value, headers }: Omit<OutgoingRecord, 'topic'>): Fields {
  const last = headers.findLastIndex(([name]) => ATTRIBUTES.has(name));
  const fields: (string | Uint8Array)[] = [];
  for (let n = 0; n <= last; n += 1) addField(fields, headers[n]);
  fields.push(value === null ? TOMBSTONE : VALUE, value ?? EMPTY);
  for (let n = last + 1; n < headers.length; n += 1) addField(fields, headers[n]);
  if (key !== null) fields.push(KEY, key);
  return fields;
}

function addField(fields: (string | Uint8Array)[], header: Header | undefined): void {
  if (header === undefined) return;
  const [name, value] = header;
  if (value === null) fields.push(NULL + name, EMPTY);
  else fields.push(isReserved(name) ? ESCAPED + name : name, value);
}

/** The facts about an entry besides its fields. */
export interface EntryPlace {
  readonly topic: string;
  readonly id: EntryId;
  /** The ranges that the group had settled before its last move. */
  readonly passed: readonly Range<EntryId>[];
  readonly abandoned?: number | undefined;
}

/** The record in an entry's fields. If the entry has neither a value nor the tombstone field, the value is empty. */
export function recordOf({ topic, id, passed, abandoned }: EntryPlace, fields: readonly Buffer[]): ReceivedRecord {
  const headers: Header[] = [];
  let value: Buffer | null | undefined;
  let key: Buffer | null = null;
  for (let n = 0; n + 1 < fields.length; n += 2) {
    const name = nameOf(fields[n]);
    const of = fields[n + 1] ?? EMPTY;
    if (name === VALUE) value = of;
    else if (name === KEY) key = of;
    else if (!name.startsWith(MARK)) headers.push([name, of]);
    else if (name === TOMBSTONE) value = null;
    else if (name.startsWith(NULL)) headers.push([name.slice(NULL.length), null]);
    else headers.push([name.startsWith(ESCAPED) ? name.slice(ESCAPED.length) : name, of]);
  }
  const record = {
    topic,
    partition: 0,
    position: id,
    timestamp: timeOf(id),
    isReplay: isPassed(passed, id, compareIds),
    key,
    value: value === undefined ? EMPTY : value,
    headers,
  };
  return abandoned === undefined ? record : { ...record, abandoned };
}

/** The usual field names by their length. Comparing bytes is faster than creating a string. */
const USUAL: string[][] = [];
for (const text of [...ATTRIBUTES, VALUE, KEY]) (USUAL[text.length] ??= []).push(text);

function nameOf(bytes: Buffer | undefined): string {
  if (bytes === undefined) return '';
  for (const usual of USUAL[bytes.length] ?? []) if (isText(bytes, usual)) return usual;
  return bytes.toString();
}

function isReserved(name: string): boolean {
  return name === VALUE || name === KEY || name.startsWith(MARK);
}
