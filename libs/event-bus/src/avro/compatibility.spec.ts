import { describe, expect, it } from 'vitest';
import { incompatibilities } from './compatibility.js';

describe('incompatibilities', () => {
  const person = (...more: readonly unknown[]) => ({
    type: 'record',
    name: 'Person',
    fields: [{ name: 'name', type: 'string' }, ...more],
  });
  const email = { name: 'email', type: 'string' };
  const event = (type: unknown) =>
    JSON.stringify({ type: 'record', name: 'CloudEvent', namespace: 'a.v1', fields: [{ name: 'user', type }] });

  it.each([
    ['a record', (type: unknown) => type, 'CloudEvent.user.email'],
    ['an optional record', (type: unknown) => ['null', type], 'CloudEvent.user.email'],
    ['an array', (items: unknown) => ({ type: 'array', items }), 'CloudEvent.user[*].email'],
    [
      'a map of arrays',
      (items: unknown) => ({ type: 'map', values: { type: 'array', items } }),
      'CloudEvent.user[*][*].email',
    ],
  ])('name the field in %s, what is wrong, and nothing else', (_, around, path) => {
    expect(incompatibilities({ writer: event(around(person())), reader: event(around(person(email))) })).toEqual([
      {
        path,
        rule: 'reader-field-missing-default-value',
        message: 'the reader needs the field, the writer does not write it, and it has no default',
      },
    ]);
  });

  it('are all named, at every place where a record is used', () => {
    const twice = (first: unknown) =>
      JSON.stringify({
        type: 'record',
        name: 'CloudEvent',
        fields: [
          { name: 'user', type: first },
          { name: 'by', type: 'Person' },
        ],
      });
    const found = incompatibilities({
      writer: twice(person({ name: 'age', type: 'string' })),
      reader: twice(person(email, { name: 'age', type: 'int' })),
    });
    expect(found.map(({ path, rule }) => `${path} ${rule}`)).toEqual([
      'CloudEvent.user.email reader-field-missing-default-value',
      'CloudEvent.user.age type-mismatch',
      'CloudEvent.by.email reader-field-missing-default-value',
      'CloudEvent.by.age type-mismatch',
    ]);
  });

  it.each([
    ['"string"', '"long"', 'type-mismatch', 'the writer writes string, the reader reads long'],
    [
      '"string"',
      '["null","long"]',
      'missing-union-branch',
      'the writer writes string, the reader reads only null, long',
    ],
    [
      '{"type":"enum","name":"E","symbols":["X","Y","Z"]}',
      '{"type":"enum","name":"E","symbols":["X"]}',
      'missing-enum-symbols',
      'the writer may write Y, Z, which the reader does not know, and its enum has no default',
    ],
    [
      '{"type":"fixed","name":"F","size":4}',
      '{"type":"fixed","name":"F","size":8}',
      'fixed-size-mismatch',
      'the writer writes 4 bytes, the reader reads 8',
    ],
    [
      '{"type":"fixed","name":"x.F","size":4}',
      '{"type":"fixed","name":"y.G","size":4}',
      'name-mismatch',
      'the writer calls the type x.F, the reader calls it y.G, without that alias',
    ],
    [
      '{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}',
      '{"type":"record","name":"R","fields":[{"name":"a","type":"int","aliases":["b"]}]}',
      'ambiguous-field',
      'its name and aliases match several fields of the writer: a, b',
    ],
  ])('of %s read as %s are explained', (writer, reader, rule, message) => {
    expect(incompatibilities({ writer, reader })).toEqual([expect.objectContaining({ rule, message })]);
  });
});
