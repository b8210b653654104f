import { InvalidEventError } from '../core/errors.js';

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;

/** An Avro schema in which every name is replaced by its type. Logical types are replaced by their underlying types. */
export type AvroSchema = AvroPrimitive | AvroArray | AvroMap | AvroUnion | AvroNamed;

/** A type with a name. Its name and aliases include the namespace. */
export type AvroNamed = AvroRecord | AvroEnum | AvroFixed;

export interface AvroPrimitive {
  readonly kind: (typeof PRIMITIVES)[number];
}

export interface AvroArray {
  readonly kind: 'array';
  readonly items: AvroSchema;
}

export interface AvroMap {
  readonly kind: 'map';
  readonly values: AvroSchema;
}

export interface AvroUnion {
  readonly kind: 'union';
  readonly branches: readonly AvroSchema[];
}

interface Named {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly doc: string | undefined;
}

/** A record may contain itself. */
export interface AvroRecord extends Named {
  readonly kind: 'record';
  readonly fields: readonly AvroField[];
}

export interface AvroField extends Named {
  readonly type: AvroSchema;
  readonly hasDefault: boolean;
}

export interface AvroEnum extends Named {
  readonly kind: 'enum';
  readonly symbols: readonly string[];
  readonly default: string | undefined;
}

export interface AvroFixed extends Named {
  readonly kind: 'fixed';
  /** The size in bytes. */
  readonly size: number;
}

/** The name without its namespace. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/**
 * Parses the text of an Avro schema. Accepts names with hyphens, because Open edX has one. Does not check defaults.
 *
 * Throws an `InvalidEventError` with the place and the problem.
 */
export function readSchema(text: string): AvroSchema {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InvalidEventError('The Avro schema is not valid JSON.', { cause });
  }
  return read(json, { names: new Map(), namespace: '', path: '' });
}

interface Place {
  readonly names: Map<string, AvroNamed>;
  /** The namespace of the enclosing type. */
  readonly namespace: string;
  readonly path: string;
}

function read(json: unknown, place: Place): AvroSchema {
  if (typeof json === 'string') return named(json, place);
  if (Array.isArray(json)) return union(json, place);
  if (!isObject(json)) throw problem(place, `expected a type, got ${JSON.stringify(json)}`);
  switch (json['type']) {
    case 'record':
    case 'error':
      return record(json, place);
    case 'enum':
      return enumeration(json, place);
    case 'fixed':
      return fixed(json, place);
    case 'array':
      return { kind: 'array', items: read(json['items'], within(place, '[*]')) };
    case 'map':
      return { kind: 'map', values: read(json['values'], within(place, '[*]')) };
    default:
      return read(json['type'], place);
  }
}

function named(name: string, place: Place): AvroSchema {
  const primitive = PRIMITIVES.find((known) => known === name);
  if (primitive !== undefined) return { kind: primitive };
  const found = place.names.get(fullName(name, place.namespace)) ?? place.names.get(name);
  if (found === undefined) throw problem(place, `unknown type ${JSON.stringify(name)}`);
  return found;
}

function union(json: readonly unknown[], place: Place): AvroUnion {
  const branches = json.map((branch) => read(branch, place));
  const names = branches.map((branch) => ('name' in branch ? branch.name : branch.kind));
  if (names.includes('union')) throw problem(place, 'a union directly within a union');
  refuseTwice(names, 'branch', place);
  return { kind: 'union', branches };
}

function record(json: Json, around: Place): AvroRecord {
  const { place, ...common } = declaration(json, around);
  const fields: AvroField[] = [];
  const made: AvroRecord = { kind: 'record', ...common, fields };
  declare(made, place);
  if (!Array.isArray(json['fields'])) throw problem(place, '"fields": expected an array');
  for (const [n, field] of json['fields'].entries()) fields.push(readField(field, n, place));
  refuseTwice(
    fields.map(({ name }) => name),
    'field',
    place,
  );
  return made;
}

function readField(json: unknown, n: number, around: Place): AvroField {
  if (!isObject(json)) throw problem(within(around, `.fields[${n}]`), 'expected an object {"name", "type"}');
  const name = textAt(json, 'name', within(around, `.fields[${n}]`));
  const place = within(around, `.${name}`);
  return {
    name,
    aliases: textsAt(json, 'aliases', place),
    doc: docOf(json),
    type: read(json['type'], place),
    hasDefault: 'default' in json,
  };
}

function enumeration(json: Json, around: Place): AvroEnum {
  const { place, ...common } = declaration(json, around);
  const symbols = textsAt(json, 'symbols', place);
  refuseTwice(symbols, 'symbol', place);
  const byDefault = json['default'] === undefined ? undefined : textAt(json, 'default', place);
  if (byDefault !== undefined && !symbols.includes(byDefault))
    throw problem(place, `the default ${JSON.stringify(byDefault)} is not one of the symbols`);
  const made: AvroEnum = { kind: 'enum', ...common, symbols, default: byDefault };
  declare(made, place);
  return made;
}

function fixed(json: Json, around: Place): AvroFixed {
  const { place, ...common } = declaration(json, around);
  const { size } = json;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw problem(place, '"size": expected a number of bytes');
  const made: AvroFixed = { kind: 'fixed', ...common, size };
  declare(made, place);
  return made;
}

function declaration(json: Json, around: Place): Named & { readonly place: Place } {
  const declared = textAt(json, 'name', around);
  const namespace = json['namespace'] === undefined ? around.namespace : textAt(json, 'namespace', around, true);
  const name = fullName(declared, namespace);
  const place = {
    ...around,
    namespace: name.slice(0, Math.max(0, name.lastIndexOf('.'))),
    path: around.path === '' ? shortName(name) : around.path,
  };
  const aliases = textsAt(json, 'aliases', place).map((alias) => fullName(alias, place.namespace));
  return { name, aliases, doc: docOf(json), place };
}

/** Registers a type before its fields are read, so that they can refer to it. */
function declare(type: AvroNamed, place: Place): void {
  if (place.names.has(type.name)) throw problem(place, `the type ${type.name} is defined twice`);
  place.names.set(type.name, type);
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

type Json = Readonly<Record<string, unknown>>;

function textAt(json: Json, key: string, place: Place, mayBeEmpty = false): string {
  const value = json[key];
  if (typeof value !== 'string' || (value === '' && !mayBeEmpty)) throw problem(place, `"${key}": expected text`);
  return value;
}

function textsAt(json: Json, key: string, place: Place): readonly string[] {
  const value = json[key] ?? [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw problem(place, `"${key}": expected an array of texts`);
  return value;
}

function docOf({ doc }: Json): string | undefined {
  return typeof doc === 'string' && doc.trim() !== '' ? doc.trim() : undefined;
}

function refuseTwice(names: readonly string[], what: string, place: Place): void {
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice !== undefined) throw problem(place, `the ${what} ${JSON.stringify(twice)} appears twice`);
}

function within(place: Place, step: string): Place {
  return { ...place, path: place.path + step };
}

function problem({ path }: Place, text: string): InvalidEventError {
  return new InvalidEventError(`The Avro schema cannot be read: ${path === '' ? '' : `${path}: `}${text}.`);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
