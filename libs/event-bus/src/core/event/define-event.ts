import { InvalidEventError } from '../errors.js';
import type { EventDefinition } from './event.js';

/**
 * Makes a definition from the text of an Avro schema. The namespace of the schema is the event type.
 *
 * Throws `InvalidEventError` if the text is not a record schema with a namespace.
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
    throw new InvalidEventError('The schema of an event must be an Avro schema of type "record".');
  }
  if (!('namespace' in parsed) || typeof parsed.namespace !== 'string' || parsed.namespace === '') {
    throw new InvalidEventError('The Avro schema of an event must have a "namespace": the event type.');
  }
  return parsed.namespace;
}

function parse(schema: string): unknown {
  try {
    return JSON.parse(schema);
  } catch (cause) {
    throw new InvalidEventError('The schema of an event is not valid JSON.', { cause });
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
