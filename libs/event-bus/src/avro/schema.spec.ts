import { describe, expect, it } from 'vitest';
import { InvalidEventError } from '../core/errors.js';
import { readSchema } from './schema.js';

describe('readSchema', () => {
  it('gives names their namespace, and references their type', () => {
    const address = { type: 'record', name: 'Address', fields: [{ name: 'city', type: 'string' }] };
    const schema = readSchema(
      JSON.stringify({
        type: 'record',
        name: 'Person',
        namespace: 'a.b',
        aliases: ['Human', 'c.Being'],
        fields: [
          { name: 'home', type: address },
          { name: 'work', type: ['null', 'Address'], default: null },
          { name: 'boss', type: { type: 'a.b.Person' } },
          { name: 'id', type: { type: 'fixed', name: 'x.Id', size: 4, aliases: ['Old'] } },
          { name: 'born', type: { type: 'long', logicalType: 'timestamp-millis' } },
        ],
      }),
    );
    if (schema.kind !== 'record') throw new Error('no record');
    const [home, work, boss, id, born] = schema.fields;
    expect(schema).toMatchObject({ name: 'a.b.Person', aliases: ['a.b.Human', 'c.Being'] });
    expect(home?.type).toMatchObject({ kind: 'record', name: 'a.b.Address' });
    expect(work).toMatchObject({ type: { kind: 'union', branches: [{ kind: 'null' }, {}] }, hasDefault: true });
    expect(work?.type).toHaveProperty('branches.1', home?.type);
    expect(boss?.type).toBe(schema);
    expect(id?.type).toMatchObject({ kind: 'fixed', name: 'x.Id', aliases: ['x.Old'], size: 4 });
    expect(born).toMatchObject({ type: { kind: 'long' }, hasDefault: false });
  });

  it.each([
    ['{', 'The Avro schema is not valid JSON.'],
    ['7', 'expected a type, got 7.'],
    ['"Nowhere"', 'unknown type "Nowhere".'],
    ['{"type":"record","fields":[]}', '"name": expected text.'],
    ['{"type":"record","name":"R"}', 'R: "fields": expected an array.'],
    ['{"type":"record","name":"R","fields":[1]}', 'R.fields[0]: expected an object {"name", "type"}.'],
    ['{"type":"record","name":"R","fields":[{"name":"a"}]}', 'R.a: expected a type, got undefined.'],
    [
      '{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"array","items":["null","S"]}}]}',
      'R.a[*]: unknown type "S".',
    ],
    [
      '{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}',
      'R: the field "a" appears twice.',
    ],
    [
      '{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"fixed","name":"R","size":1}}]}',
      'R.a: the type R is defined twice.',
    ],
    ['["int","int"]', 'the branch "int" appears twice.'],
    ['["int",["null"]]', 'a union directly within a union.'],
    ['{"type":"enum","name":"E","symbols":["X"],"default":"Y"}', 'E: the default "Y" is not one of the symbols.'],
    ['{"type":"enum","name":"E","symbols":"X"}', 'E: "symbols": expected an array of texts.'],
    ['{"type":"fixed","name":"F"}', 'F: "size": expected a number of bytes.'],
  ])('refuses %s: %s', (text, message) => {
    expect(() => readSchema(text)).toThrow(InvalidEventError);
    expect(() => readSchema(text)).toThrow(message);
  });
});
