import 'reflect-metadata';
import { Type } from 'class-transformer';
import { Allow, IsOptional, ValidateNested } from 'class-validator';
import { InvalidEventError } from '../core/errors.js';

/** The Avro types that a field can have by name. */
export type PrimitiveType = 'boolean' | 'int' | 'long' | 'float' | 'double' | 'string' | 'bytes';

/**
 * A function that returns a class with `@Field` properties. Being a function, it allows classes that refer to each
 * other.
 */
export type NestedType = () => new () => object;

/**
 * The type of a field: a primitive, a nested class, a list of either, a map from strings to either, or one of some
 * symbols.
 */
export type FieldType =
  | PrimitiveType
  | NestedType
  | readonly [PrimitiveType | NestedType]
  | { readonly map: PrimitiveType | NestedType }
  | { readonly enum: readonly string[]; readonly name: string; readonly default?: string };

/** The options of {@link Field}. */
export interface FieldOptions {
  /** The field may be `null` or left out. Its schema is the union of null and its type, with default null. */
  readonly optional?: boolean;
  /** The value for older records without the field. A field with a default may be left out when publishing. */
  readonly default?: unknown;
  /** Earlier names of the field. */
  readonly aliases?: readonly string[];
}

/** The declaration of a field. */
export interface FieldInfo extends FieldOptions {
  readonly name: string;
  readonly type: FieldType;
}

// A symbol of the whole process, because the command and an application may have two copies of this package.
const FIELDS = Symbol.for('nest-event-bus:fields');

/**
 * Declares that the property is a field of the event's data, in the order of the declarations. The bus checks its
 * class-validator decorators when the event is published and before a handler runs.
 */
export function Field(type: FieldType, options: FieldOptions = {}): PropertyDecorator {
  return (target, property) => {
    const name = String(property);
    if (options.optional === true && options.default !== undefined) {
      throw new InvalidEventError(
        `${target.constructor.name}.${name}: an optional field has the default null; give optional or default.`,
      );
    }
    Reflect.defineMetadata(FIELDS, [...fieldsOf(target), { ...options, name, type }], target);
    // A pipe with `whitelist` removes properties that class-validator does not know.
    Allow()(target, property);
    if (options.optional === true || options.default !== undefined) IsOptional()(target, property);
    const nested = nestedClass(type);
    if (nested === undefined) return;
    Type(nested)(target, property);
    ValidateNested({ each: typeof type === 'object' })(target, property);
  };
}

/** Returns the fields of a class's prototype, inherited ones first. */
export function fieldsOf(prototype: object): readonly FieldInfo[] {
  return (Reflect.getMetadata(FIELDS, prototype) as readonly FieldInfo[] | undefined) ?? [];
}

/**
 * `undefined` for maps: class-transformer would take the map itself for an instance. The schema checks the values of a
 * map.
 */
function nestedClass(type: FieldType): NestedType | undefined {
  if (typeof type === 'function') return type;
  return isList(type) && typeof type[0] === 'function' ? type[0] : undefined;
}

/** Whether the type is a list. Check this before `'map' in type`, because every array has a `map` method. */
export function isList(type: FieldType): type is readonly [PrimitiveType | NestedType] {
  return Array.isArray(type);
}
