import avsc from 'avsc';
import { InvalidEventError } from '../core/errors.js';
import { BytesType } from './bytes-type.js';
import { ArrayType, MapType } from './container-types.js';
import { IntType } from './int-type.js';
import { longType } from './long-type.js';
import { StringType } from './string-type.js';

/**
 * The avsc type of an Avro schema. It uses our own types for strings, bytes, integers, arrays and maps. Records decode
 * to plain objects.
 *
 * Throws `InvalidEventError` if the text is not a schema, or if a union has branches that a value cannot tell apart.
 */
export function compileSchema(schema: string): avsc.Type {
  const long = longType();
  const string = new StringType();
  const bytes = new BytesType();
  const int = new IntType();
  const typeHook = (part: unknown, options: unknown): avsc.Type | undefined => {
    if (Array.isArray(part)) checkBranches(part);
    switch (kindOf(part)) {
      case 'string':
        return string;
      case 'bytes':
        return bytes;
      case 'int':
        return int;
      case 'long':
        return long;
      case 'array':
        return new ArrayType(part as avsc.Schema, options);
      case 'map':
        return new MapType(part as avsc.Schema, options);
      case 'record':
        return plainRecord(new avsc.types.RecordType(part as avsc.Schema, options));
      default:
        return undefined;
    }
  };
  try {
    // Created for each call, because avsc writes into its options.
    return avsc.Type.forSchema(withoutIllegalNamespace(JSON.parse(schema)), {
      typeHook,
      wrapUnions: 'never',
      omitRecordMethods: true,
    });
  } catch (cause) {
    throw new InvalidEventError(
      `The Avro schema cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function kindOf(part: unknown): unknown {
  return typeof part === 'object' && part !== null && 'type' in part ? part.type : part;
}

/** avsc accepts such unions at first, because our longs check their own values. It would fail only at a value. */
function checkBranches(branches: readonly unknown[]): void {
  const numbers = branches
    .map(kindOf)
    .filter((kind) => kind === 'int' || kind === 'long' || kind === 'float' || kind === 'double');
  if (numbers.length > 1) throw new Error(`ambiguous union of ${numbers.join(' and ')}`);
}

/** Makes avsc's record constructor create plain objects, without a cost per object. */
function plainRecord(type: avsc.types.RecordType): avsc.types.RecordType {
  if (type.fields.some((field) => field.name === '__proto__')) throw new Error('a field is named __proto__');
  (type.recordConstructor as { prototype: unknown }).prototype = Object.prototype;
  return type;
}

/**
 * Removes an invalid namespace. One event of Open edX has a hyphen in its namespace: Avro and avsc reject it, Python
 * does not. Names are not part of the encoded bytes.
 */
function withoutIllegalNamespace(schema: unknown): avsc.Schema {
  if (typeof schema === 'object' && schema !== null && 'namespace' in schema) {
    const { namespace, ...rest } = schema;
    if (typeof namespace === 'string' && !LEGAL.test(namespace)) return rest as avsc.Schema;
  }
  return schema as avsc.Schema;
}

const LEGAL = /^(?:[A-Za-z_]\w*)(?:\.[A-Za-z_]\w*)*$/;
