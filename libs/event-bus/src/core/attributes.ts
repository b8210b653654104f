import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import type { Header, Headers } from './backend.js';
import { InvalidEventError } from './errors.js';
import type { EventMetadata } from './event.js';
import { readTime, timeText } from './time.js';

/** Under which header name each attribute travels. */
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

/** How an attribute's text looks, for messages. */
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

/** The ten headers of an event in the order in which the Python producer writes them; else as {@link attributeHeaders}. */
export function cloudEventsHeaders(metadata: EventMetadata): Headers {
  return [...CONTENT_HEADERS, ...attributeHeaders(metadata, CLOUD_EVENTS_NAMES)];
}

/**
 * One header for each attribute in the order type, id, source, time, minorversion, sourcehost, sourcelib; undefined ones are left out.
 *
 * Throws `InvalidEventError` when an attribute has a value that no consumer could read.
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

/** The id in lower case, or `undefined` when it is not a UUID of 36 characters. Any version is one. */
export function readId(text: string): string | undefined {
  return UUID.test(text) ? text.toLowerCase() : undefined;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

// Both lie as deep below the package: src/core and dist/core.
const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
const SOURCELIB: readonly number[] = version.split(/[.-]/).map(Number).filter(Number.isSafeInteger);
const SOURCEHOST = hostname();

/** What of the metadata is up to the publisher. */
export interface NewMetadata {
  readonly type: string;
  readonly minorversion: number;
  /** The publishing service's name; Open edX writes `SERVICE_NAME_UNSET` without one. */
  readonly service?: string | undefined;
  /** When it happened; now by default. A text may have microseconds. */
  readonly time?: Date | string;
}

/** The metadata of a new event, under a random id. Throws `InvalidEventError` when the time is none. */
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

/** Most are the same as those of the event before, and so the same header. */
function header(name: string, text: string): Header {
  const before = LAST.get(name);
  if (before?.text === text) return before.header;
  const made: Header = [name, Buffer.from(text)];
  LAST.set(name, { text, header: made });
  return made;
}

/** By name; there are two sets of names. */
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
