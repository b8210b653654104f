import { readId } from '../../core/event/attributes.js';
import { InvalidEventError } from '../../core/errors.js';
import { readTime } from '../../core/event/time.js';
import type { EventMetadata } from '../../core/event/event.js';
import { parseJson } from '../json.js';

/** An event as `produce` reads it and `consume` prints it. Other fields are ignored. */
export interface EventLine {
  readonly type: string;
  readonly data: unknown;
  readonly metadata: Partial<Omit<EventMetadata, 'type'>>;
}

/** Reads one line. Throws an `InvalidEventError` that names the problem but shows no data. */
export function readEventLine(text: string): EventLine {
  const line = parse(text);
  if (!isObject(line)) throw new InvalidEventError('expected a JSON object {"type", "data", "metadata"?}');
  const { type, data, metadata } = line;
  if (typeof type !== 'string' || type === '') throw new InvalidEventError('"type": expected the event type');
  if (!('data' in line)) throw new InvalidEventError('"data": expected the data of the event');
  if (metadata !== undefined && metadata !== null && !isObject(metadata))
    throw new InvalidEventError('"metadata": expected an object');
  return { type, data, metadata: readMetadata(metadata ?? {}) };
}

function readMetadata(metadata: Readonly<Record<string, unknown>>): Partial<Omit<EventMetadata, 'type'>> {
  return {
    id: attribute(metadata, 'id', 'a UUID', (value) => (typeof value === 'string' ? readId(value) : undefined)),
    minorversion: attribute(metadata, 'minorversion', 'a whole number', (value) =>
      isCount(value) ? value : undefined,
    ),
    source: attribute(metadata, 'source', 'text', textOf),
    sourcehost: attribute(metadata, 'sourcehost', 'text', textOf),
    time: attribute(metadata, 'time', 'a time in UTC, such as 2024-02-29T12:34:56.789012+00:00', (value) =>
      typeof value === 'string' ? readTime(value) : undefined,
    ),
    sourcelib: attribute(metadata, 'sourcelib', 'an array of whole numbers', (value) =>
      Array.isArray(value) && value.every(isCount) ? value : undefined,
    ),
  } as Partial<Omit<EventMetadata, 'type'>>;
}

function attribute<Value>(
  metadata: Readonly<Record<string, unknown>>,
  name: string,
  allowed: string,
  read: (value: unknown) => Value | undefined,
): Value | undefined {
  const given = metadata[name];
  if (given === undefined || given === null) return undefined;
  const value = read(given);
  if (value === undefined) throw new InvalidEventError(`"metadata.${name}": expected ${allowed}`);
  return value;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new InvalidEventError('not JSON', { cause });
  }
}
