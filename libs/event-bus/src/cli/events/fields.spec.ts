import { describe, expect, it } from 'vitest';
import { type EventField, fieldsOfSchema, majorOf } from './fields.js';

describe('The fields of a schema', () => {
  it('are all listed, each record with its own below it', () => {
    expect(
      rows([
        { name: 'id', type: 'long' },
        { name: 'home', type: record('Address', [{ name: 'city', type: 'string' }]) },
        { name: 'stops', type: { type: 'array', items: 'Address' } },
        { name: 'byName', type: { type: 'map', values: 'test.Address' } },
        { name: 'work', type: ['null', 'Address'], default: null },
      ]),
    ).toEqual([
      'id: long',
      'home: record Address',
      'home.city: string',
      'stops: array of record Address',
      'stops[].city: string',
      'byName: map of record Address',
      'byName{}.city: string',
      'work: record Address?=null',
      'work.city: string',
    ]);
  });

  it('name every type of Avro', () => {
    expect(
      rows([
        { name: 'a', type: { type: 'string' } },
        { name: 'b', type: { type: 'long', logicalType: 'timestamp-millis' } },
        { name: 'c', type: { type: 'enum', name: 'Kind', symbols: ['new', 'known'] }, default: 'new' },
        { name: 'd', type: { type: 'fixed', name: 'test.Hash', size: 16 } },
        { name: 'e', type: ['string', 'long'], default: '' },
        { name: 'f', type: ['null', 'bytes'] },
        { name: 'g', type: { type: 'array', items: { type: 'array', items: ['null', 'int'] } }, default: [] },
        { name: 'h', type: 'Kind' },
      ]),
    ).toEqual([
      'a: string',
      'b: long (timestamp-millis)',
      'c: enum Kind (new, known)="new"',
      'd: fixed Hash of 16 bytes',
      'e: string or long=""',
      'f: bytes?',
      'g: array of array of null or int=[]',
      'h: enum Kind (new, known)',
    ]);
  });

  it('of a record inside itself are listed once', () => {
    expect(
      rows([{ name: 'tree', type: record('Tree', [{ name: 'left', type: ['null', 'Tree'], default: null }]) }]),
    ).toEqual(['tree: record Tree', 'tree.left: record Tree?=null']);
  });

  it('keep every digit of a default', () => {
    const schema = '{"type":"record","name":"E","fields":[{"name":"n","type":"long","default":9223372036854775807}]}';
    expect(fieldsOfSchema(schema)).toEqual([
      { path: 'n', type: 'long', nullable: false, required: false, default: 9223372036854775807n },
    ]);
  });

  it.each([
    ['com.example.placed.v12', 12],
    ['com.example.placed', null],
    ['com.example.v1.placed', null],
  ])('the major version of %s is %s', (type, major) => {
    expect(majorOf(type)).toBe(major);
  });
});

function rows(fields: readonly unknown[]): readonly string[] {
  return fieldsOfSchema(JSON.stringify({ ...record('Event', fields), namespace: 'test' })).map(row);
}

function row(field: EventField): string {
  const { path, type, nullable, required } = field;
  return `${path}: ${type}${nullable ? '?' : ''}${required ? '' : `=${JSON.stringify(field.default)}`}`;
}

function record(name: string, fields: readonly unknown[]): object {
  return { type: 'record', name, fields };
}
