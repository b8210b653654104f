import { InvalidEventError } from './errors.js';

/**
 * What identifies an event type and fixes its bytes.
 *
 * The type parameter is the TypeScript type of the data; it exists at compile time only.
 */
export interface EventDefinition<Data = unknown> {
  /** E.g. `org.openedx.learning.student.registration.completed.v1`; the last part is the major version. */
  readonly type: string;
  readonly minorversion: number;
  /** The Avro schema of the data, exactly as it is registered. */
  readonly schema: string;
  /** Dotted path to the field that keeps events in order, when a route names none. */
  readonly keyField?: string;
  /** What is wrong with data that fits the schema, each as `path: reason` and without values; empty when nothing is. */
  readonly validate?: (data: unknown) => readonly string[];
  /** Never set; carries the type of the data. */
  readonly data?: Data;
}

/** The data type of a definition. */
export type DataOf<Definition extends EventDefinition> = Definition extends EventDefinition<infer Data> ? Data : never;

/** The attributes of the Open edX event bus. On received events, what the record did not carry is `undefined`. */
export interface EventMetadata {
  readonly type: string;
  /** UUID in lower case. */
  readonly id: string;
  readonly minorversion: number | undefined;
  /** `openedx/<service>/web` in Open edX. */
  readonly source: string | undefined;
  readonly sourcehost: string | undefined;
  /** When it happened, in the wire's form: `2024-02-29T12:34:56.789012+00:00`. */
  readonly time: string | undefined;
  /** The version of the library that published it. */
  readonly sourcelib: readonly number[] | undefined;
}

/** What happened: typed data plus metadata. */
export interface Event<Data = unknown> {
  readonly definition: EventDefinition<Data>;
  readonly metadata: EventMetadata;
  readonly data: Data;
}

/**
 * A definition from an Avro schema text; the schema's namespace is the event type.
 *
 * Throws `InvalidEventError` when the text is not a record schema with a namespace.
 */
export function defineEvent<Data>(
  schema: string,
  options: { minorversion?: number; keyField?: string } = {},
): EventDefinition<Data> {
  const { minorversion = 0, keyField } = options;
  const type = namespaceOf(schema);
  return { type, minorversion, schema, ...(keyField === undefined ? {} : { keyField }) };
}

function namespaceOf(schema: string): string {
  const parsed = parse(schema);
  if (typeof parsed !== 'object' || parsed === null || !('type' in parsed) || parsed.type !== 'record') {
    throw new InvalidEventError('An event is defined by an Avro schema of type "record".');
  }
  if (!('namespace' in parsed) || typeof parsed.namespace !== 'string' || parsed.namespace === '') {
    throw new InvalidEventError('The Avro schema of an event has a "namespace": the event type.');
  }
  return parsed.namespace;
}

function parse(schema: string): unknown {
  try {
    return JSON.parse(schema);
  } catch (cause) {
    throw new InvalidEventError('The schema of an event is not JSON.', { cause });
  }
}

/** Whether it has what a definition needs. */
export function isDefinition(value: unknown): value is EventDefinition {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    'schema' in value &&
    typeof value.schema === 'string'
  );
}
