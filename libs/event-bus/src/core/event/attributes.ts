import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import type { Header, Headers } from '../backend.js';
import { InvalidEventError } from '../errors.js';
import type { EventMetadata } from './event.js';
import { readTime, timeText } from './time.js';

/** The header name of each attribute. */
export type AttributeNames = Readonly<Record<keyof EventMetadata, string>>;

/** The names on Kafka and in the embedded log: CloudEvents in binary mode. */
export const CLOUD_EVENTS_NAMES: AttributeNames = {
  type: 'ce_type',
  id: 'ce_id',
  source: 'ce_source',
  time: 'ce_time',
  minorversion: 'ce_minorversion',
  sourcehost: 'sourcehost',
  sourcelib: 'sourcelib',
};

/** The expected form of each attribute's text, for error messages. */
export const FORMS = {
  id: 'a UUID',
  time: 'a time in UTC such as 2024-02-29T12:34:56.789012+00:00',
  minorversion: 'a number in decimal digits',
  sourcelib: 'a list of numbers such as 10.5.0',
} as const;

const CONTENT_TYPE = Buffer.from('application/avro');
const CONTENT_HEADERS: Headers = [
  ['ce_specversion', Buffer.from('1.0')],
  ['content-type', CONTENT_TYPE],
  ['ce_datacontenttype', CONTENT_TYPE],
];

/** The ten headers of an event, in the order of the Python producer; otherwise like {@link attributeHeaders}. */
export function cloudEventsHeaders(metadata: EventMetadata): Headers {
  return [...CONTENT_HEADERS, ...attributeHeaders(metadata, CLOUD_EVENTS_NAMES)];
}

/**
 * One header for each defined attribute, in the order type, id, source, time, minorversion, sourcehost, sourcelib.
 *
 * Throws `InvalidEventError` if an attribute has a value that no consumer could read.
 */
export function attributeHeaders(metadata: EventMetadata, names: AttributeNames): Headers {
  const { type, id, source, time, minorversion, sourcehost, sourcelib } = metadata;
  const headers: Header[] = [header(names.type, type), [names.id, Buffer.from(valid('id', readId(id), type))]];
  if (source !== undefined) headers.push(header(names.source, source));
  if (time !== undefined) headers.push([names.time, Buffer.from(valid('time', readTime(time), type))]);
  if (minorversion !== undefined)
    headers.push(header(names.minorversion, valid('minorversion', digits(minorversion), type)));
  if (sourcehost !== undefined) headers.push(header(names.sourcehost, sourcehost));
  if (sourcelib !== undefined) headers.push(header(names.sourcelib, valid('sourcelib', dotted(sourcelib), type)));
  return headers;
}

/** The id in lower case, or `undefined` if it is not a UUID of 36 characters. All UUID versions are valid. */
export function readId(text: string): string | undefined {
  return UUID.test(text) ? text.toLowerCase() : undefined;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

// The path works from `src/core` and `dist/core`: both are two levels below the package.
const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string };
const SOURCELIB: readonly number[] = version.split(/[.-]/).map(Number).filter(Number.isSafeInteger);
const SOURCEHOST = hostname();

/** The part of the metadata that the publisher chooses. */
export interface NewMetadata {
  readonly type: string;
  readonly minorversion: number;
  /** The name of the publishing service; the default is Open edX's `SERVICE_NAME_UNSET`. */
  readonly service?: string | undefined;
  /** When the event happened; by default now. A text may have microseconds. */
  readonly time?: Date | string;
}

/** The metadata of a new event, with a random id. Throws `InvalidEventError` if the time is invalid. */
export function newMetadata({
  type,
  minorversion,
  service = 'SERVICE_NAME_UNSET',
  time = new Date(),
}: NewMetadata): EventMetadata {
  return {
    type,
    id: randomUUID(),
    minorversion,
    source: `openedx/${service}/web`,
    sourcehost: SOURCEHOST,
    time: typeof time === 'string' ? valid('time', readTime(time), type) : timeText(time),
    sourcelib: SOURCELIB,
  };
}

/** Returns the previous header object of this name if its text is the same, which is the usual case. */
function header(name: string, text: string): Header {
  const before = LAST.get(name);
  if (before?.text === text) return before.header;
  const made: Header = [name, Buffer.from(text)];
  LAST.set(name, { text, header: made });
  return made;
}

/** The last header of each name. The map stays small, because only two sets of names exist. */
const LAST = new Map<string, { readonly text: string; readonly header: Header }>();

function valid(attribute: keyof typeof FORMS, text: string | undefined, type: string): string {
  if (text !== undefined) return text;
  throw new InvalidEventError(`${type}: the attribute "${attribute}" is not ${FORMS[attribute]}.`);
}

function dotted(numbers: readonly number[]): string | undefined {
  return numbers.length > 0 && numbers.every(isCount) ? numbers.join('.') : undefined;
}

function digits(number: number): string | undefined {
  return isCount(number) ? String(number) : undefined;
}

function isCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}
