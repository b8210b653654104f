import { type AttributeNames, FORMS, readId } from './attributes.js';
import type { Headers } from '../backend.js';
import { UnusableRecordError } from '../errors.js';
import type { EventMetadata } from './event.js';
import { TextCache } from './text-cache.js';
import { readTime } from './time.js';

/** Reads the attributes of events from the headers of records. */
export interface AttributeReader {
  /**
   * The attributes of a record; missing ones are `undefined`, lists are frozen. Other headers are ignored.
   *
   * Throws `UnusableRecordError`, which names the attribute and its header, if type or id is missing, or if an
   * attribute occurs twice, has no value, is not UTF-8 or cannot be read.
   */
  metadata(headers: Headers): EventMetadata;
  /** The event type alone. Throws like `metadata` for the type. */
  type(headers: Headers): string;
}

/** Makes a reader. Keep it: it caches the last values, because most attributes repeat from record to record. */
export function attributeReader(names: AttributeNames): AttributeReader {
  const sources = new Map(ATTRIBUTES.map((attribute) => [names[attribute], sourceOf(attribute, names)]));
  const typeSource = sourceOf('type', names);
  let lastLib: { readonly text: string; readonly numbers: readonly number[] } | undefined;

  function sourcelib(text: string): readonly number[] {
    if (text !== lastLib?.text) lastLib = { text, numbers: Object.freeze(read('sourcelib', text, readDotted, names)) };
    return lastLib.numbers;
  }

  return {
    metadata(headers) {
      const texts: Texts = {
        type: undefined,
        id: undefined,
        source: undefined,
        time: undefined,
        minorversion: undefined,
        sourcehost: undefined,
        sourcelib: undefined,
      };
      // By index, because destructuring would create an iterator for each header.
      for (const header of headers) {
        const source = sources.get(header[0]);
        if (source !== undefined) texts[source.attribute] = take(source, header[1], texts[source.attribute]);
      }
      const { id, minorversion, time } = texts;
      return {
        type: named(texts.type, names),
        id: read('id', id ?? missing('id', names), readId, names),
        minorversion: minorversion === undefined ? undefined : read('minorversion', minorversion, readDigits, names),
        source: texts.source,
        sourcehost: texts.sourcehost,
        time: time === undefined ? undefined : read('time', time, readTime, names),
        sourcelib: texts.sourcelib === undefined ? undefined : sourcelib(texts.sourcelib),
      };
    },
    type(headers) {
      let type: string | undefined;
      for (const header of headers) if (header[0] === names.type) type = take(typeSource, header[1], type);
      return named(type, names);
    },
  };
}

/** The unchecked id of the record, for logs about unusable records. Never throws. */
export function rawId(headers: Headers, names: AttributeNames): string | undefined {
  const value = headers.find(([name]) => name === names.id)?.[1];
  return value === undefined || value === null ? undefined : Buffer.from(value).toString('utf8').slice(0, 64);
}

type Attribute = keyof AttributeNames;
type Texts = Record<Attribute, string | undefined>;

const ATTRIBUTES: readonly Attribute[] = ['type', 'id', 'source', 'time', 'minorversion', 'sourcehost', 'sourcelib'];

/** The header of an attribute, and its cached text. */
interface Source {
  readonly attribute: Attribute;
  readonly header: string;
  readonly texts: TextCache;
}

function sourceOf(attribute: Attribute, names: AttributeNames): Source {
  return { attribute, header: names[attribute], texts: new TextCache() };
}

/** `before` is the text of an earlier header of this attribute in the same record. */
function take({ attribute, header, texts }: Source, value: Uint8Array | null, before: string | undefined): string {
  if (before !== undefined) throw unusable(attribute, header, 'appears twice');
  if (value === null) throw unusable(attribute, header, 'has no value');
  const text = texts.read(value);
  if (text === undefined) throw unusable(attribute, header, 'is not UTF-8');
  return text;
}

function named(type: string | undefined, names: AttributeNames): string {
  if (type === '') throw unusable('type', names.type, 'is empty');
  return type ?? missing('type', names);
}

function read<Value>(
  attribute: keyof typeof FORMS,
  text: string,
  reader: (text: string) => Value | undefined,
  names: AttributeNames,
): Value {
  const value = reader(text);
  if (value === undefined) throw unusable(attribute, names[attribute], `is not ${FORMS[attribute]}`);
  return value;
}

function readDotted(text: string): readonly number[] | undefined {
  const numbers: number[] = [];
  for (let start = 0; start <= text.length;) {
    const dot = text.indexOf('.', start);
    const end = dot < 0 ? text.length : dot;
    const number = readDigits(text, start, end);
    if (number === undefined) return undefined;
    numbers.push(number);
    start = end + 1;
  }
  return numbers;
}

function readDigits(text: string, start = 0, end = text.length): number | undefined {
  let value = 0;
  for (let n = start; n < end; n++) {
    const digit = text.charCodeAt(n) - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
  }
  return start < end && Number.isSafeInteger(value) ? value : undefined;
}

function missing(attribute: 'type' | 'id', names: AttributeNames): never {
  throw unusable(attribute, names[attribute], 'is missing');
}

function unusable(attribute: Attribute, name: string, problem: string): UnusableRecordError {
  return new UnusableRecordError(`The attribute "${attribute}" (header ${name}) ${problem}.`);
}
