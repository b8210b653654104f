import { type AttributeNames, FORMS, readId } from './attributes.js';
import type { Headers } from './backend.js';
import { UnusableRecordError } from './errors.js';
import type { EventMetadata } from './event.js';
import { readTime } from './time.js';
import { utf8Text } from './utf8.js';

/**
 * The attributes that a record carries; what it does not carry stays `undefined`. Other headers are not looked at.
 *
 * Throws `UnusableRecordError`, naming the attribute and its header, when type or id is missing, or when an attribute is there twice,
 * has no value, is not UTF-8, or cannot be read.
 */
export function readMetadata(headers: Headers, names: AttributeNames): EventMetadata {
  const texts: Texts = {
    type: undefined,
    id: undefined,
    source: undefined,
    time: undefined,
    minorversion: undefined,
    sourcehost: undefined,
    sourcelib: undefined,
  };
  for (const [name, value] of headers) {
    const attribute = attributeOf(name, names);
    if (attribute !== undefined) texts[attribute] = take(attribute, name, value, texts[attribute]);
  }
  return {
    type: named(texts.type, names),
    id: read('id', texts.id ?? missing('id', names), readId, names),
    minorversion:
      texts.minorversion === undefined ? undefined : read('minorversion', texts.minorversion, readDigits, names),
    source: texts.source,
    sourcehost: texts.sourcehost,
    time: texts.time === undefined ? undefined : read('time', texts.time, readTime, names),
    sourcelib: texts.sourcelib === undefined ? undefined : read('sourcelib', texts.sourcelib, readDotted, names),
  };
}

/** The event type alone, for those who only want to know where the record belongs; throws as {@link readMetadata} does for the type. */
export function readType(headers: Headers, names: AttributeNames): string {
  let type: string | undefined;
  for (const [name, value] of headers) if (name === names.type) type = take('type', name, value, type);
  return named(type, names);
}

/** The id as the record has it, checked for nothing: for logs about records that cannot be used. Never throws. */
export function rawId(headers: Headers, names: AttributeNames): string | undefined {
  const value = headers.find(([name]) => name === names.id)?.[1];
  return value === undefined || value === null ? undefined : Buffer.from(value).toString('utf8').slice(0, 64);
}

type Attribute = keyof AttributeNames;
type Texts = Record<Attribute, string | undefined>;

function attributeOf(header: string, names: AttributeNames): Attribute | undefined {
  if (header === names.type) return 'type';
  if (header === names.id) return 'id';
  if (header === names.source) return 'source';
  if (header === names.time) return 'time';
  if (header === names.minorversion) return 'minorversion';
  if (header === names.sourcehost) return 'sourcehost';
  if (header === names.sourcelib) return 'sourcelib';
  return undefined;
}

function named(type: string | undefined, names: AttributeNames): string {
  if (type === '') throw unusable('type', names.type, 'is empty');
  return type ?? missing('type', names);
}

function take(attribute: Attribute, name: string, value: Uint8Array | null, before: string | undefined): string {
  if (before !== undefined) throw unusable(attribute, name, 'is there twice');
  if (value === null) throw unusable(attribute, name, 'has no value');
  const text = utf8Text(value);
  if (text === undefined) throw unusable(attribute, name, 'is not UTF-8');
  return text;
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
