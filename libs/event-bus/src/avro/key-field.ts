import avsc from 'avsc';
import { InvalidEventError } from '../core/errors.js';

/** The field at a key path. */
export interface KeyField {
  /** The definition of the field in the event's schema. The Python producer registers it as the key's schema. */
  readonly schema: { readonly name: string; readonly type: string };
  /** The value of the field in data that matches the event's schema. */
  valueIn(data: unknown): unknown;
}

/**
 * Returns the field at a dotted path.
 *
 * Throws `InvalidEventError` unless the path leads through required records to a required primitive, as the Python
 * producer needs it. The message names the part that fails and the paths that are possible.
 */
export function findKeyField(eventType: string, type: avsc.Type, path: string): KeyField {
  const names = path.split('.');
  let here = type;
  for (const [n, name] of names.entries()) {
    const field =
      here instanceof avsc.types.RecordType ? here.fields.find((candidate) => candidate.name === name) : undefined;
    const problem = field === undefined ? 'there is no such field' : problemOf(field, n === names.length - 1);
    if (field === undefined || problem !== undefined) {
      const usable = usableKeyFields(type);
      const hint = usable.length === 0 ? 'no field of this event can be the key' : `usable: ${usable.join(', ')}`;
      throw new InvalidEventError(`${eventType}: key field "${path}": "${name}": ${problem ?? ''}; ${hint}.`);
    }
    here = field.type;
  }
  const schema = { name: names.at(-1) ?? '', type: primitiveOf(here) ?? '' };
  return { schema, valueIn: (data) => names.reduce((value, name) => (value as Record<string, unknown>)[name], data) };
}

/** All paths that can be a key field, in the order of the schema. */
export function usableKeyFields(type: avsc.Type): readonly string[] {
  if (!(type instanceof avsc.types.RecordType)) return [];
  return type.fields.flatMap((field) => {
    if (problemOf(field, true) === undefined) return [field.name];
    return problemOf(field, false) === undefined
      ? usableKeyFields(field.type).map((rest) => `${field.name}.${rest}`)
      : [];
  });
}

/** Why the field cannot be at this place of a path. */
function problemOf(field: avsc.types.Field, isLast: boolean): string | undefined {
  const { type } = field;
  if (type instanceof avsc.types.UnwrappedUnionType || field.defaultValue() !== undefined) return 'it is optional';
  if (type instanceof avsc.types.RecordType) return isLast ? 'it is a record, not a primitive' : undefined;
  if (primitiveOf(type) === undefined) return `it is of type ${type.typeName}`;
  return isLast ? undefined : 'it is a primitive and has no fields';
}

function primitiveOf(type: avsc.Type): string | undefined {
  const name = type instanceof avsc.types.LongType ? 'long' : type.typeName;
  return PRIMITIVES.includes(name) ? name : undefined;
}

// Without `bytes`, which Python cannot send, and `null`, which has only one value.
const PRIMITIVES: readonly string[] = ['string', 'long', 'int', 'boolean', 'double', 'float'];
