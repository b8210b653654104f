import { InvalidEventError } from '../core/errors.js';
import { type FieldInfo, fieldsOf, type FieldType, isList, type NestedType, type PrimitiveType } from './field.js';

type Schema = string | Readonly<Record<string, unknown>> | readonly Schema[];

/**
 * Returns the Avro schema of an event whose data is this class. Fields have the order of their declaration. Nested
 * classes are records with their names.
 *
 * Throws `InvalidEventError` if a class has no fields, or if two classes have the same name.
 */
export function classSchema(dataClass: new () => object, type: string): Schema {
  const known = new Map<string, NestedType extends () => infer Class ? Class : never>();
  return { name: 'CloudEvent', namespace: type, type: 'record', fields: fields(dataClass) };

  function fields(of: new () => object): readonly Schema[] {
    const declared = fieldsOf(of.prototype as object);
    if (declared.length === 0) throw new InvalidEventError(`${of.name} has no property with @Field().`);
    return declared.map(field);
  }

  function field({ name, type: declared, optional, default: byDefault, aliases }: FieldInfo): Schema {
    const schema = schemaOf(declared);
    return {
      name,
      type: optional === true ? ['null', schema] : schema,
      ...(optional === true ? { default: null } : {}),
      ...(byDefault === undefined ? {} : { default: byDefault }),
      ...(aliases === undefined ? {} : { aliases }),
    };
  }

  function schemaOf(declared: FieldType): Schema {
    if (typeof declared === 'string') return declared;
    if (typeof declared === 'function') return record(declared());
    if (isList(declared)) return { type: 'array', items: one(declared[0]) };
    if ('map' in declared) return { type: 'map', values: one(declared.map) };
    const { name, enum: symbols, default: byDefault } = declared;
    return { type: 'enum', name, symbols, ...(byDefault === undefined ? {} : { default: byDefault }) };
  }

  function one(declared: PrimitiveType | NestedType): Schema {
    return typeof declared === 'string' ? declared : record(declared());
  }

  /** The first use of a record defines it. Later uses name it. */
  function record(of: new () => object): Schema {
    const seen = known.get(of.name);
    if (seen === of) return of.name;
    if (seen !== undefined)
      throw new InvalidEventError(`${type}: two classes are named ${of.name}; Avro tells records apart by name.`);
    known.set(of.name, of);
    return { name: of.name, type: 'record', fields: fields(of) };
  }
}
