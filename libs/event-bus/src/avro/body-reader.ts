import type avsc from 'avsc';
import { UnusableRecordError } from '../core/errors.js';
import { readBody } from './body.js';
import { incompatibilities } from './compatibility.js';
import { compileSchema } from './compile.js';

/** Gives the data in bare Avro bytes. Throws `UnusableRecordError` when they cannot be read. */
export type BodyReader = (body: Uint8Array) => unknown;

/**
 * Reads what was written by another schema of the event: fields go by their names, what the reader does not know is left out, what the
 * writer did not know takes the reader's default, and what was written stays what it was, `''`, `0` and `false` as well.
 *
 * Throws `UnusableRecordError`, naming the fields, when the reader cannot read all that the writer may write; `InvalidEventError` when
 * a text is not a schema.
 */
export function bodyReader(
  eventType: string,
  { writer, reader }: { readonly writer: string; readonly reader: string },
): BodyReader {
  const type = compileSchema(reader);
  if (writer === reader) return (body) => readBody(eventType, type, body);
  const resolver = resolverOf(eventType, { writer, reader, type });
  return (body) => readBody(eventType, type, body, resolver);
}

function resolverOf(
  eventType: string,
  { writer, reader, type }: { readonly writer: string; readonly reader: string; readonly type: avsc.Type },
): ReturnType<avsc.Type['createResolver']> {
  const writerType = compileSchema(writer);
  try {
    return type.createResolver(writerType, { ignoreNamespaces: true });
  } catch (cause) {
    // avsc stops at the first problem and does not say where it is.
    const problems = incompatibilities({ writer, reader }, { writer: 'the publisher', reader: 'this service' });
    const reasons = problems.map(({ path, message }) => `${path}: ${message}`);
    if (reasons.length === 0) reasons.push(cause instanceof Error ? cause.message : String(cause));
    throw new UnusableRecordError(
      `${eventType}: the body cannot be read: the publisher's schema is not compatible with the schema of this service: ${reasons.join('; ')}.`,
      { cause },
    );
  }
}
