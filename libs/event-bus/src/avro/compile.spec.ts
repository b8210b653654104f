import { describe, expect, it } from 'vitest';
import { InvalidEventError } from '../core/errors.js';
import { compileSchema } from './compile.js';

describe('compileSchema', () => {
  it('takes a namespace with a hyphen', () => {
    const type = compileSchema(
      '{"type": "record", "name": "E", "namespace": "org.redemption-reversed.v1", "fields": []}',
    );
    expect(type.toBuffer({})).toHaveLength(0);
  });

  it('resolves names, short and full, within a legal namespace', () => {
    const record = '{"type": "record", "name": "R", "fields": [{"name": "s", "type": {"type": "string"}}]}';
    const fields = `{"name": "a", "type": ${record}}, {"name": "b", "type": "R"}, {"name": "c", "type": "org.v1.R"}`;
    const type = compileSchema(`{"type": "record", "name": "E", "namespace": "org.v1", "fields": [${fields}]}`);
    expect(type.toBuffer({ a: { s: '' }, b: { s: '' }, c: { s: '' } })).toHaveLength(3);
  });

  it('does not let one schema see the names of another', () => {
    const record = '{"type": "record", "name": "E", "fields": [{"name": "s", "type": "string"}]}';
    compileSchema(record);
    expect(() => compileSchema(record)).not.toThrow();
    expect(() => compileSchema('"E"')).toThrow(InvalidEventError);
  });

  it.each([
    ['{', 'JSON'],
    ['"strin"', 'undefined type name: strin'],
    [
      '{"type": "record", "name": "E", "fields": [{"name": "__proto__", "type": "string"}]}',
      'a field is named __proto__',
    ],
    ['["bytes", {"type": "fixed", "name": "F", "size": 2}]', 'ambiguous'],
    ['["null", "long", {"type": "double"}]', 'ambiguous union of long and double'],
  ])('refuses %s and says why', (schema, reason) => {
    expect(() => compileSchema(schema)).toThrow(InvalidEventError);
    expect(() => compileSchema(schema)).toThrow(reason);
  });
});
