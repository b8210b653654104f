import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SettingsError } from '../../core/errors.js';
import { inOneLine, readSchemaFile, writeWhole } from './schema-file.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'event-bus-test-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('writeWhole', () => {
  it('makes the folders that are missing and leaves only the file', () => {
    writeWhole(join(folder, 'a/b/c.txt'), 'text');
    expect(readFileSync(join(folder, 'a/b/c.txt'), 'utf8')).toBe('text');
    expect(readdirSync(join(folder, 'a/b'))).toEqual(['c.txt']);
  });

  it('leaves nothing behind when the file cannot be put in its place', () => {
    mkdirSync(join(folder, 'taken'));
    expect(() => writeWhole(join(folder, 'taken'), 'text')).toThrow(SettingsError);
    expect(readdirSync(folder)).toEqual(['taken']);
    expect(() => writeWhole(join(folder, 'taken'), 'text')).toThrow(/taken cannot be written: /);
  });
});

describe('readSchemaFile', () => {
  it('gives the exact text, but for the mark at its beginning that some editors write', () => {
    writeFileSync(join(folder, 'a.avsc'), '\uFEFF {"type": "string"}\r\n');
    expect(readSchemaFile(join(folder, 'a.avsc'))).toBe(' {"type": "string"}\r\n');
  });

  it.each([
    ['', /a\.avsc:1: not JSON: /],
    ['{\n\n"type" "string"}', /a\.avsc:3: not JSON: /],
    ['"str"', /a\.avsc: The Avro schema cannot be read: unknown type "str"/],
  ])('names file, line and reason: %j', (text, message) => {
    writeFileSync(join(folder, 'a.avsc'), text);
    expect(() => readSchemaFile(join(folder, 'a.avsc'))).toThrow(message);
  });
});

describe('inOneLine', () => {
  it('keeps order, values and every digit', () => {
    expect(inOneLine('{\n "b": 1, "a": [9223372036854775807, "é\\u0000"] }')).toBe(
      '{"b":1,"a":[9223372036854775807,"é\\u0000"]}',
    );
  });
});
