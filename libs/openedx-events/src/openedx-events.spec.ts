import { readdirSync, readFileSync } from 'node:fs';
import { bareCodec } from 'nest-event-bus/avro';
import { type EventDefinition, newMetadata } from 'nest-event-bus/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as catalog from './index.js';
import { courseKey, type CourseEnrollmentCreated, dateTime, OPENEDX_EVENTS } from './index.js';

const SCHEMAS = new URL('../schemas/', import.meta.url);
const { events: EVENTS } = JSON.parse(
  readFileSync(new URL('../../../tools/openedx-events/catalog.json', import.meta.url), 'utf8'),
) as { readonly events: readonly CatalogEvent[] };
const CODEC = bareCodec({ definitions: OPENEDX_EVENTS });

it('has every event that Open edX can send, under the name of its signal', () => {
  const files = readdirSync(SCHEMAS);
  expect(OPENEDX_EVENTS.map(({ type }) => `${type}.avsc`).sort()).toEqual(files.sort());
  expect(files).toHaveLength(64);
  expect(EVENTS.map(({ type }) => type)).toEqual(OPENEDX_EVENTS.map(({ type }) => type).sort());
  for (const { type, name, minorversion } of EVENTS) {
    expect((catalog as Record<string, unknown>)[name], name).toMatchObject({ type, minorversion });
  }
});

describe.each(OPENEDX_EVENTS)('$type', (definition) => {
  it('has the schema that the Python producer registers, byte for byte', () => {
    expect(`${definition.schema}\n`).toBe(readFileSync(new URL(`${definition.type}.avsc`, SCHEMAS), 'utf8'));
  });

  it.each<[string, (schema: Schema) => unknown]>([
    ['complete', (schema) => sample(schema, (branch) => branch)],
    ['mostly null', (schema) => sample(schema, () => undefined)],
  ])('encodes and decodes %s data', (_, make) => {
    const data = make(JSON.parse(definition.schema) as Schema);
    const metadata = newMetadata({ type: definition.type, minorversion: definition.minorversion });
    const encoded = CODEC.encode({ definition, metadata, data }, definition.keyField);
    const record = { topic: 't', partition: 0, position: '0', timestamp: 0, isReplay: false, ...encoded };
    expect(CODEC.decode(record)).toEqual({ definition, metadata, data });
    expect(encoded.key === null).toBe(definition.keyField === undefined);
  });
});

it('has a usable key field for every event: the one that Open edX names, where it names a usable one', () => {
  for (const definition of OPENEDX_EVENTS) CODEC.checkKeyField(definition, definition.keyField ?? 'none');
  const others = EVENTS.filter(({ name, keyField }) => keyField !== null && definitionOf(name).keyField !== keyField);
  expect(others.map(({ name }) => name)).toEqual(['COURSE_IMPORT_COMPLETED', 'COURSE_RERUN_COMPLETED']);
  expect(catalog.COURSE_IMPORT_COMPLETED.keyField).toBe('course.course_key');
  // Not the first field, `certificate.mode`: all certificates of one mode would share a lane.
  expect(catalog.CERTIFICATE_CHANGED.keyField).toBe('certificate.course.course_key');
});

it('knows what the texts in the data are', () => {
  expectTypeOf<CourseEnrollmentCreated['enrollment']['creation_date']>().toEqualTypeOf<catalog.DateTimeString>();
  expectTypeOf<CourseEnrollmentCreated['enrollment']['mode']>().toEqualTypeOf<string>();
  expectTypeOf<catalog.LearningCourseData['course_key']>().toEqualTypeOf<catalog.CourseKeyString>();
  expectTypeOf<catalog.LearningCourseData['end']>().toEqualTypeOf<catalog.DateTimeString | null | undefined>();
  expectTypeOf<catalog.CcxCourseData['ccx_course_key']>().toEqualTypeOf<catalog.CcxKeyString>();
  expectTypeOf<catalog.XBlockData['usage_key']>().toEqualTypeOf<catalog.UsageKeyString>();
  expectTypeOf<catalog.LibraryBlockData['library_key']>().toEqualTypeOf<catalog.LibraryKeyString>();
  expectTypeOf<catalog.LibraryBlockData['usage_key']>().toEqualTypeOf<catalog.LibraryUsageKeyString>();
  expectTypeOf<catalog.LibraryCollectionData['collection_key']>().toEqualTypeOf<catalog.LibraryCollectionKeyString>();
  expectTypeOf<catalog.LibraryContainerData['container_key']>().toEqualTypeOf<catalog.LibraryContainerKeyString>();
  expectTypeOf<catalog.EnterpriseGroup['uuid']>().toEqualTypeOf<catalog.UuidString>();
  expectTypeOf<catalog.CcxKeyString>().toExtend<catalog.CourseKeyString>();
  expectTypeOf<catalog.LibraryUsageKeyString>().toExtend<catalog.UsageKeyString>();
  expectTypeOf<catalog.CourseKeyString>().toExtend<string>();
  expectTypeOf<string>().not.toExtend<catalog.CourseKeyString>();
  expectTypeOf<catalog.UsageKeyString>().not.toExtend<catalog.CourseKeyString>();
  expectTypeOf<catalog.CourseKeyString>().not.toExtend<catalog.CcxKeyString>();
});

it('types the data: required, optional and nested fields', () => {
  const data: CourseEnrollmentCreated = {
    enrollment: {
      user: { id: 7, is_active: true, pii: { username: 'zoe', email: 'zoe@example.org', name: 'Zoë' } },
      course: { course_key: courseKey('course-v1:edX+DemoX+1'), display_name: 'Demo', start: null },
      mode: 'audit',
      is_active: true,
      creation_date: dateTime('2024-02-29T12:34:56Z'),
    },
  };
  // @ts-expect-error A required field is missing.
  const incomplete: CourseEnrollmentCreated = { enrollment: { ...data.enrollment, user: undefined } };
  const definition: EventDefinition<CourseEnrollmentCreated> = catalog.COURSE_ENROLLMENT_CREATED;
  const encode = (given: CourseEnrollmentCreated) => () =>
    CODEC.encode({ definition, metadata: newMetadata(definition), data: given }, definition.keyField);
  expect(encode(data)).not.toThrow();
  expect(encode(incomplete)).toThrow(`${definition.type}: enrollment.user: expected an object, got nothing.`);
});

interface CatalogEvent {
  readonly type: string;
  readonly name: string;
  readonly minorversion: number;
  readonly keyField: string | null;
}

function definitionOf(name: string): EventDefinition {
  return (
    (catalog as unknown as Readonly<Record<string, EventDefinition>>)[name] ?? {
      type: name,
      minorversion: 0,
      schema: '',
    }
  );
}

type Schema =
  | string
  | readonly [null: 'null', branch: Schema]
  | {
      readonly type: 'record';
      readonly name: string;
      readonly fields: readonly { readonly name: string; readonly type: Schema }[];
    }
  | { readonly type: 'array'; readonly items: Schema }
  | { readonly type: 'map'; readonly values: Schema };

const PRIMITIVES: Readonly<Record<string, unknown>> = { string: 'Zoë', long: 7, boolean: true, double: 0.5 };

/**
 * Creates data that matches the schema. For each optional field, `choose` returns the branch to fill, or `undefined`
 * for null.
 */
function sample(
  schema: Schema,
  choose: (branch: Schema) => Schema | undefined,
  records = new Map<string, Schema>(),
): unknown {
  const inner = (part: Schema) => sample(part, choose, records);
  if (typeof schema === 'string') {
    const record = records.get(schema);
    if (record !== undefined) return inner(record);
    if (!(schema in PRIMITIVES)) throw new Error(`there is no sample of ${schema}`);
    return PRIMITIVES[schema];
  }
  if (!('type' in schema)) {
    // Registers the records of the branch, even if the field stays null.
    const value = inner(schema[1]);
    return choose(schema[1]) === undefined ? null : value;
  }
  if (schema.type === 'array') return [inner(schema.items), inner(schema.items)];
  if (schema.type === 'map') return { b: inner(schema.values), 10: inner(schema.values), 9: inner(schema.values) };
  records.set(schema.name, schema);
  return Object.fromEntries(schema.fields.map((field) => [field.name, inner(field.type)]));
}
