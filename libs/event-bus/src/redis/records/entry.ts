import type { Header, OutgoingRecord, ReceivedRecord } from '../../core/backend.js';
import { isText } from '../../core/text-cache.js';
import { isPassed, type Range } from '../../core/settled-ranges.js';
import { ATTRIBUTE_NAMES } from './attribute-names.js';
import { compareIds, type EntryId, timeOf } from './entry-id.js';

/** Names and values of an entry's fields, in turn. */
export type Fields = readonly (string | Uint8Array)[];

const VALUE = 'event_data';
const KEY = 'key';
/** Names of fields that stand for what a stream cannot say begin with it; a header whose own name does is written as {@link ESCAPED}. */
const MARK = '~';
const TOMBSTONE = `${MARK}tombstone`;
const ESCAPED = `${MARK}header:`;
const NULL = `${MARK}null:`;

const EMPTY = Buffer.alloc(0);

const ATTRIBUTES: ReadonlySet<string> = new Set(Object.values(ATTRIBUTE_NAMES));

/**
 * The fields of a record: the attributes, each under its own name, and the value as `event_data`, as Open edX has them; then what its
 * readers ignore: the other headers, and the key bytes as `key`.
 *
 * `~null:<name>` is a header without a value, `~tombstone` a record without one, `~header:<name>` a header whose name has another
 * meaning here.
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

/** What is known of an entry besides its fields. */
export interface EntryPlace {
  readonly topic: string;
  readonly id: EntryId;
  /** What the group had settled before it was moved. */
  readonly passed: readonly Range<EntryId>[];
  readonly abandoned?: number | undefined;
}

/** The record in an entry's fields. An entry that has no value and is no tombstone, which nobody should write, has an empty one. */
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

/** Names that nearly every entry has, by their length: comparing bytes costs less than making a text of them. */
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
