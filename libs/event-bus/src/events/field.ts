import 'reflect-metadata';
import { Type } from 'class-transformer';
import { Allow, IsOptional, ValidateNested } from 'class-validator';
import { InvalidEventError } from '../core/errors.js';

/** The Avro types that a field can have by name. */
export type PrimitiveType = 'boolean' | 'int' | 'long' | 'float' | 'double' | 'string' | 'bytes';

/** A class with `@Field` properties, as a function because classes may name one another. */
export type NestedType = () => new () => object;

/** What a field holds: a primitive, a nested class, a list of either, a map from strings to either, or one of some symbols. */
export type FieldType =
  | PrimitiveType
  | NestedType
  | readonly [PrimitiveType | NestedType]
  | { readonly map: PrimitiveType | NestedType }
  | { readonly enum: readonly string[]; readonly name: string; readonly default?: string };

export interface FieldOptions {
  /** The field may be `null` or left out; it is written as the union of null and its type, with default null. */
  readonly optional?: boolean;
  /** What readers put in where an older record has no such field. A field with a default may be left out when publishing. */
  readonly default?: unknown;
  /** Names that the field had before. */
  readonly aliases?: readonly string[];
}

/** One field as declared. */
export interface FieldInfo extends FieldOptions {
  readonly name: string;
  readonly type: FieldType;
}

const FIELDS = Symbol('event-bus:fields');

/**
 * The property is a field of the event's data, in the order of the declarations; class-validator's decorators beside it are checked
 * when the event is published and before a handler runs.
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
    // A pipe with `whitelist` takes away what class-validator has never heard of.
    Allow()(target, property);
    if (options.optional === true || options.default !== undefined) IsOptional()(target, property);
    const nested = nestedClass(type);
    if (nested === undefined) return;
    Type(nested)(target, property);
    ValidateNested({ each: typeof type === 'object' })(target, property);
  };
}

/** The fields of a class's prototype, inherited ones first. */
export function fieldsOf(prototype: object): readonly FieldInfo[] {
  return (Reflect.getMetadata(FIELDS, prototype) as readonly FieldInfo[] | undefined) ?? [];
}

/** Of maps, class-transformer would take the map itself for an instance; the schema checks what they hold. */
function nestedClass(type: FieldType): NestedType | undefined {
  if (typeof type === 'function') return type;
  return isList(type) && typeof type[0] === 'function' ? type[0] : undefined;
}

/** Arrays have members of many names, so it is asked first what is one. */
export function isList(type: FieldType): type is readonly [PrimitiveType | NestedType] {
  return Array.isArray(type);
}
