import avsc from 'avsc';
import { isInt64 } from './long-type.js';

/**
 * Why and where a value does not match. `path` holds field names, outermost first; `[0]` is an item and `[*]` a value
 * of a map.
 */
export interface Problem {
  readonly path: readonly string[];
  readonly reason: string;
}

/** Returns the first problem of a value, or `undefined`. */
export type Check = (value: unknown) => Problem | undefined;

/**
 * Returns a check of values against a type. Messages never contain a value or a map key, because both may be personal
 * data.
 *
 * The check is stricter than avsc's: it rejects undeclared fields, lone surrogates, and arrays, dates and maps where a
 * record is expected.
 */
export function checkFor(root: avsc.Type): Check {
  const checks = new Map<avsc.Type, Check>();
  const checkOf = (type: avsc.Type): Check => {
    const known = checks.get(type);
    if (known !== undefined) return known;
    // A placeholder for types that contain themselves.
    checks.set(type, (value) => checks.get(type)?.(value));
    const check = makeCheck(type, checkOf);
    checks.set(type, check);
    return check;
  };
  return checkOf(root);
}

function makeCheck(type: avsc.Type, checkOf: (type: avsc.Type) => Check): Check {
  const { types } = avsc;
  if (type instanceof types.RecordType) return recordCheck(type, checkOf);
  if (type instanceof types.ArrayType) return arrayCheck(checkOf(type.itemsType));
  if (type instanceof types.MapType) return mapCheck(checkOf(type.valuesType as avsc.Type));
  if (type instanceof types.UnwrappedUnionType) return unionCheck(type.types, checkOf);
  if (type instanceof types.StringType) return stringCheck;
  if (type instanceof types.LongType) return longCheck;
  const expected = nameOf(type);
  return (value) => (type.isValid(value) ? undefined : problem(`expected ${expected}, got ${kindOf(value)}`));
}

function recordCheck(type: avsc.types.RecordType, checkOf: (type: avsc.Type) => Check): Check {
  const names = new Set(type.fields.map((field) => field.name));
  const fields = type.fields.map((field) => ({
    name: field.name,
    isOptional: field.defaultValue() !== undefined,
    check: checkOf(field.type),
  }));
  return (value) => {
    if (!isObject(value)) return problem(`expected an object, got ${kindOf(value)}`);
    let present = 0;
    for (const { name, isOptional, check } of fields) {
      const item = value[name];
      if (item === undefined && isOptional) continue;
      const found = check(item);
      if (found !== undefined) return within(name, found);
      present += 1;
    }
    if (countOf(value) === present) return undefined;
    const undeclared = Object.keys(value).filter((name) => !names.has(name));
    return undeclared.length === 0
      ? undefined
      : problem(`undeclared ${undeclared.map((name) => `"${name}"`).join(', ')}`);
  };
}

/** The number of properties of a plain object. -1 for other objects, which may inherit properties. */
function countOf(value: object): number {
  if (Object.getPrototypeOf(value) !== Object.prototype) return -1;
  let count = 0;
  // Counts without the array that `Object.keys` would create.
  for (const name in value) if (name !== '') count += 1;
  return count;
}

function arrayCheck(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return problem(`expected an array, got ${kindOf(value)}`);
    for (const [n, item] of value.entries()) {
      const found = check(item);
      if (found !== undefined) return within(`[${n}]`, found);
    }
    return undefined;
  };
}

function mapCheck(check: Check): Check {
  return (value) => {
    if (!isObject(value)) return problem(`expected an object, got ${kindOf(value)}`);
    for (const key of Object.keys(value)) {
      const found = (stringCheck(key) && problem('a key has a lone surrogate')) ?? check(value[key]);
      if (found !== undefined) return within('[*]', found);
    }
    return undefined;
  };
}

function unionCheck(branches: readonly avsc.Type[], checkOf: (type: avsc.Type) => Check): Check {
  const checks = branches.map(checkOf);
  const expected = branches.map(nameOf).join(' or ');
  const [first, second] = checks;
  // An optional field. Its problems are reported for the branch that is not null.
  if (branches.length === 2 && branches[0]?.typeName === 'null')
    return (value) => (value === null ? undefined : second?.(value));
  if (branches.length === 1 && first !== undefined) return first;
  return (value) =>
    checks.some((check) => check(value) === undefined)
      ? undefined
      : problem(`expected ${expected}, got ${kindOf(value)}`);
}

function stringCheck(value: unknown): Problem | undefined {
  if (typeof value !== 'string') return problem(`expected string, got ${kindOf(value)}`);
  return (value as WellFormed).isWellFormed()
    ? undefined
    : problem('expected string, got one with a lone surrogate, which UTF-8 cannot hold');
}

/** Node has this method of ES2024 since version 20, but the compiler's library does not. */
type WellFormed = string & { isWellFormed(): boolean };

function longCheck(value: unknown): Problem | undefined {
  if (isInt64(value)) return undefined;
  if (typeof value === 'bigint') return problem('expected long, got an integer beyond 64 bits');
  if (typeof value !== 'number') return problem(`expected long, got ${kindOf(value)}`);
  if (!Number.isInteger(value)) return problem('expected long, got a number that is not an integer');
  return problem('expected long, got a number beyond 2^53, where numbers are rounded: use a bigint');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && kindOf(value) === 'object';
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  if (Array.isArray(value)) return 'array';
  if (Object.getPrototypeOf(value) === Object.prototype) return 'object';
  // Shows `Date` and the like by name. Instances of other classes are shown as `object`.
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === 'Object' ? 'object' : tag;
}

function nameOf(type: avsc.Type): string {
  if (type instanceof avsc.types.LongType) return 'long';
  return type instanceof avsc.types.RecordType ? 'an object' : type.typeName;
}

function problem(reason: string): Problem {
  return { path: [], reason };
}

function within(name: string, { path, reason }: Problem): Problem {
  return { path: [name, ...path], reason };
}
