import { InvalidEventError } from '../../core/errors.js';
import { parseJson } from '../json.js';

/** A field of an event's data, at any depth. */
export interface EventField {
  /** The dotted path. `[]` means the items of an array, `{}` the values of a map: `stops[].city`. */
  readonly path: string;
  /**
   * The Avro type without null: `string`, `long (timestamp-millis)`, `record UserData`, `array of string`, `string or
   * long`.
   */
  readonly type: string;
  readonly nullable: boolean;
  /** Whether publishers must set the field, because it has no default. */
  readonly required: boolean;
  readonly default?: unknown;
}

/** Returns the major version, from the last part of the type, such as `v1`; `null` if there is none. */
export function majorOf(type: string): number | null {
  const digits = /\.v(\d+)$/.exec(type)?.[1];
  return digits === undefined ? null : Number(digits);
}

/**
 * Returns all fields of a record schema in order, each followed by its own fields. A record inside itself is named, not
 * repeated.
 */
export function fieldsOfSchema(schema: string): readonly EventField[] {
  const named = new Map<string, Schema>();
  const root = parseJson(schema);
  if (!isObject(root)) throw new InvalidEventError('The Avro schema of an event is a record.');
  return nested(root, '', []);

  function nested(type: unknown, path: string, above: readonly Schema[]): readonly EventField[] {
    if (Array.isArray(type)) return type.flatMap((branch) => nested(branch, path, above));
    const schema = isObject(type) ? remember(type) : named.get(shortName(type));
    if (schema === undefined || above.includes(schema)) return [];
    const { type: kind, items, values, fields } = schema;
    if (kind === 'array') return nested(items, `${path}[]`, above);
    if (kind === 'map') return nested(values, `${path}{}`, above);
    if (kind !== 'record' || !Array.isArray(fields)) return nested(kind, path, [...above, schema]);
    return fields.filter(isObject).flatMap((field) => {
      const here = `${path}${path === '' ? '' : '.'}${String(field['name'])}`;
      return [fieldAt(here, field), ...nested(field['type'], here, [...above, schema])];
    });
  }

  function fieldAt(path: string, field: Schema): EventField {
    const branches = [field['type']].flat();
    const types = branches.filter((branch) => branch !== 'null');
    return {
      path,
      type: types.map(typeText).join(' or '),
      nullable: types.length < branches.length,
      required: !('default' in field),
      ...('default' in field ? { default: field['default'] } : {}),
    };
  }

  function typeText(type: unknown): string {
    if (Array.isArray(type)) return type.map(typeText).join(' or ');
    const schema = isObject(type) ? remember(type) : named.get(shortName(type));
    if (schema === undefined) return String(type);
    const { type: kind, name, items, values, symbols, size, logicalType } = schema;
    if (kind === 'array') return `array of ${typeText(items)}`;
    if (kind === 'map') return `map of ${typeText(values)}`;
    const logical = typeof logicalType === 'string' ? ` (${logicalType})` : '';
    if (kind === 'enum') return `enum ${shortName(name)} (${[symbols].flat().join(', ')})`;
    if (kind === 'fixed') return `fixed ${shortName(name)} of ${String(size)} bytes${logical}`;
    return kind === 'record' ? `record ${shortName(name)}` : `${typeText(kind)}${logical}`;
  }

  function remember(schema: Schema): Schema {
    if (typeof schema['name'] === 'string') named.set(shortName(schema['name']), schema);
    return schema;
  }
}

type Schema = Readonly<Record<string, unknown>>;

/** Removes the namespace, because namespaces within a schema are those of the event. */
function shortName(name: unknown): string {
  return String(name).replace(/^.*\./, '');
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
