import type avsc from 'avsc';
import { UnusableRecordError } from '../core/errors.js';
import { readBody } from './body.js';
import { incompatibilities } from './compatibility.js';
import { compileSchema } from './compile.js';

/** Decodes Avro data without a header. Throws `UnusableRecordError` if the bytes cannot be read. */
export type BodyReader = (body: Uint8Array) => unknown;

/**
 * Returns a reader for data written with another schema of the event:
 *
 * - Fields are matched by name.
 * - Fields that the reader does not have are dropped. Fields that the writer does not have get the reader's default.
 * - Written values are kept, also `''`, `0` and `false`.
 *
 * Throws `UnusableRecordError` with the names of the fields if the reader cannot read everything that the writer may
 * write. Throws `InvalidEventError` if a text is not a schema.
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
