import { expect, it } from 'vitest';
import { compileSchema } from './compile.js';
import { withReferences } from './references.js';

const ADDRESS = `{"type": "record", "name": "Address", "namespace": "org.shared", "fields": [
  {"name": "city", "type": "string"}, {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["HOME", "WORK"]}}]}`;
const PERSON = `{"type": "record", "name": "Person", "namespace": "org.people", "fields": [
  {"name": "home", "type": "org.shared.Address"}, {"name": "others", "type": {"type": "array", "items": "org.shared.Address"}}]}`;
const HIRED = `{"type": "record", "name": "Hired", "namespace": "org.events", "fields": [
  {"name": "kind", "type": "org.shared.Kind"}, {"name": "person", "type": ["null", "org.people.Person"], "default": null},
  {"name": "by_name", "type": {"type": "map", "values": "org.people.Person"}}]}`;

it('a schema is put together from what it refers to, each type defined once, where it is first used', () => {
  const type = compileSchema(withReferences(HIRED, [ADDRESS, PERSON]));
  const address = { city: 'Bern', kind: 'HOME' };
  const person = { home: address, others: [address, { city: 'Thun', kind: 'WORK' }] };
  const hired = { kind: 'WORK', person, by_name: { one: person } };
  expect(type.fromBuffer(type.toBuffer(hired))).toEqual(hired);
});

it('the order of what it refers to is no matter', () => {
  expect(withReferences(HIRED, [PERSON, ADDRESS])).toBe(withReferences(HIRED, [ADDRESS, PERSON]));
});

it('a type without a namespace is found from one that has one, and the other way round', () => {
  const plain = '{"type": "fixed", "name": "Token", "size": 2}';
  const holder = `{"type": "record", "name": "Holder", "namespace": "org.a", "fields": [
    {"name": "x", "type": {"type": "record", "name": "Bare", "namespace": "", "fields": [{"name": "t", "type": "Token"}]}}]}`;
  const type = compileSchema(
    withReferences(
      '{"type": "record", "name": "E", "fields": [{"name": "h", "type": "org.a.Holder"}, {"name": "t", "type": "Token"}]}',
      [plain, holder],
    ),
  );
  const value = { h: { x: { t: Buffer.from('ab') } }, t: Buffer.from('cd') };
  expect(type.fromBuffer(type.toBuffer(value))).toEqual(value);
});

it('a type may contain itself, and aliases and defaults stay', () => {
  const tree = `{"type": "record", "name": "Tree", "namespace": "n", "aliases": ["Old"], "fields": [
    {"name": "next", "type": ["null", "Tree"], "default": null}]}`;
  const text = withReferences(
    '{"type": "record", "name": "E", "namespace": "m", "fields": [{"name": "tree", "type": "n.Tree"}]}',
    [tree],
  );
  expect(JSON.parse(text)).toEqual({
    type: 'record',
    name: 'm.E',
    fields: [
      {
        name: 'tree',
        type: {
          type: 'record',
          name: 'n.Tree',
          aliases: ['Old'],
          fields: [{ name: 'next', type: ['null', 'n.Tree'], default: null }],
        },
      },
    ],
  });
  const type = compileSchema(text);
  const value = { tree: { next: { next: null } } };
  expect(type.fromBuffer(type.toBuffer(value))).toEqual(value);
});
