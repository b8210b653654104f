import { describe, expect, it } from 'vitest';
import { InvalidEventError } from '../core/errors.js';
import { compileSchema } from './compile.js';
import { findKeyField, usableKeyFields } from './key-field.js';

const COURSE = {
  type: 'record',
  name: 'Course',
  fields: [
    { name: 'key', type: 'string' },
    { name: 'start', type: ['null', 'string'], default: null },
    { name: 'language', type: 'string', default: 'en' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
};

const TYPE = compileSchema(
  JSON.stringify({
    type: 'record',
    name: 'CloudEvent',
    fields: [
      { name: 'course', type: COURSE },
      { name: 'parent', type: ['null', 'Course'], default: null },
      { name: 'count', type: { type: 'long' } },
      { name: 'grade', type: 'double' },
      { name: 'is_active', type: 'boolean' },
      { name: 'raw', type: 'bytes' },
      { name: 'params', type: { type: 'map', values: 'string' } },
    ],
  }),
);

const USABLE = 'usable: course.key, count, grade, is_active.';

describe('findKeyField', () => {
  it.each([
    ['course.key', { name: 'key', type: 'string' }, 'k'],
    ['count', { name: 'count', type: 'long' }, 5],
    ['grade', { name: 'grade', type: 'double' }, 0.5],
    ['is_active', { name: 'is_active', type: 'boolean' }, false],
  ])('finds %s', (path, schema, value) => {
    const field = findKeyField('e.v1', TYPE, path);
    expect(field.schema).toEqual(schema);
    expect(field.valueIn({ course: { key: 'k' }, count: 5, grade: 0.5, is_active: false })).toBe(value);
  });

  it.each([
    ['course', '"course": it is a record, not a primitive'],
    ['course.start', '"start": it is optional'],
    ['course.language', '"language": it is optional'],
    ['course.tags', '"tags": it is of type array'],
    ['course.nope', '"nope": there is no such field'],
    ['course.key.length', '"key": it is a primitive and has no fields'],
    ['parent.key', '"parent": it is optional'],
    ['params.x', '"params": it is of type map'],
    ['raw', '"raw": it is of type bytes'],
    ['constructor', '"constructor": there is no such field'],
    ['', '"": there is no such field'],
    ['course.', '"": there is no such field'],
  ])('refuses %s and says what would do', (path, problem) => {
    expect(() => findKeyField('e.v1', TYPE, path)).toThrow(
      new InvalidEventError(`e.v1: key field "${path}": ${problem}; ${USABLE}`),
    );
  });

  it('says when no field can be the key', () => {
    const type = compileSchema('{"type": "record", "name": "E", "fields": []}');
    expect(() => findKeyField('e.v1', type, 'x')).toThrow(
      '"x": there is no such field; no field of this event can be the key.',
    );
  });
});

describe('usableKeyFields', () => {
  it('lists the paths in the order of the schema', () => {
    expect(usableKeyFields(TYPE)).toEqual(['course.key', 'count', 'grade', 'is_active']);
  });
});
