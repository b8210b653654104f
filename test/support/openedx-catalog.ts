import { readFileSync } from 'node:fs';
import { OPENEDX_EVENTS } from 'openedx-events';

/** A declared Python type, or the name of a class. */
type Declared = string;

interface Catalog {
  readonly events: readonly { readonly type: string; readonly data: Readonly<Record<string, Declared>> }[];
  readonly classes: Readonly<Record<string, Readonly<Record<string, Declared>>>>;
}

const { events, classes } = JSON.parse(
  readFileSync(new URL('../../tools/openedx-events/catalog.json', import.meta.url), 'utf8'),
) as Catalog;

/** A value in the data of an event. */
export interface Leaf {
  /** Such as `enrollment.course.course_key`. */
  readonly path: string;
  /** The declared Python type, such as `CourseKey`. */
  readonly declared: string;
  readonly value: unknown;
}

/** All values in the data of an event, without missing ones. A list or a map counts as one value. */
export function leavesOf(type: string, data: unknown): readonly Leaf[] {
  const declared = events.find((event) => event.type === type)?.data;
  if (declared === undefined) throw new Error(`the catalog has no ${type}`);
  return leaves(declared, data, '');
}

function leaves(declared: Readonly<Record<string, Declared>>, data: unknown, path: string): readonly Leaf[] {
  return Object.entries(declared).flatMap(([name, type]) => {
    const value = (data as Readonly<Record<string, unknown>>)[name];
    if (value === null || value === undefined) return [];
    const inner = classes[type];
    const here = path === '' ? name : `${path}.${name}`;
    return inner === undefined ? [{ path: here, declared: type, value }] : leaves(inner, value, here);
  });
}

/** The rules for samples: a value for each declared type, and whether optional fields are filled. */
export interface SampleRules {
  readonly values: (declared: string, path: string) => unknown;
  readonly optionalFields: boolean;
}

/** Sample data for every event of the catalog. */
export function samples(
  rules: SampleRules,
): readonly { readonly type: string; readonly schema: string; readonly data: unknown }[] {
  return OPENEDX_EVENTS.map(({ type, schema }) => {
    const declared = events.find((event) => event.type === type)?.data ?? {};
    const root = JSON.parse(schema) as RecordSchema;
    return { type, schema, data: sample(root, declared, { ...rules, records: new Map(), path: '' }) };
  });
}

type Schema = string | RecordSchema | readonly [null: 'null', branch: Schema] | { readonly type: 'array' | 'map' };

interface RecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: Schema }[];
}

function sample(
  { name, fields }: RecordSchema,
  declared: Readonly<Record<string, Declared>>,
  context: SampleRules & { readonly records: Map<string, RecordSchema>; readonly path: string },
): unknown {
  const { values, optionalFields, records, path } = context;
  records.set(name, { type: 'record', name, fields });
  return Object.fromEntries(
    fields.map((field) => {
      const isOptional = Array.isArray(field.type);
      const schema = isOptional ? (field.type as readonly Schema[])[1] : field.type;
      const type = declared[field.name] ?? '';
      const inner = typeof schema === 'string' ? records.get(schema) : (schema as RecordSchema);
      const here = path === '' ? field.name : `${path}.${field.name}`;
      const value =
        inner !== undefined && 'fields' in inner
          ? sample(inner, classes[type] ?? {}, { ...context, path: here })
          : values(type, here);
      return [field.name, isOptional && !optionalFields ? null : value];
    }),
  );
}
