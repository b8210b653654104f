import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { PACKAGES } from './packed.js';

const require = createRequire(import.meta.url);

interface Entry {
  readonly default: string;
}
type Entries = Readonly<Record<string, string | Readonly<Record<'module-sync' | 'import' | 'default', Entry>>>>;

const entries = PACKAGES.flatMap(([name, folder]) =>
  Object.entries((JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { exports: Entries }).exports)
    .filter(([, entry]) => typeof entry !== 'string' && 'import' in entry)
    .map(([path, entry]) => ({ id: join(name, path), folder, entry: entry as Exclude<Entries[string], string> })),
);

describe('a package in CommonJS', () => {
  it('is the same module for require and import, in Node', async () => {
    expect(entries.map(({ id }) => id)).toContain('nest-event-bus/kafka');
    for (const { id } of entries) {
      const required = require(id) as Readonly<Record<string, unknown>>;
      const imported = (await import(id)) as Readonly<Record<string, unknown>>;
      for (const [name, value] of Object.entries(imported)) expect(required[name], `${id}: ${name}`).toBe(value);
    }
  });

  it.each(entries)('has the same exports for Jest, which takes neither import nor module-sync: $id', async (each) => {
    const imported = (await import(each.id)) as object;
    const translated = require(join(each.folder, each.entry.default.default)) as object;
    expect(Object.keys(translated).sort()).toEqual(Object.keys(imported).sort());
    expect(each.entry['module-sync'].default).toBe(each.entry.import.default);
  });

  it('has every module of the ES modules, and no syntax of theirs', () => {
    for (const [, folder] of PACKAGES) {
      const files = filesOf(join(folder, 'dist-cjs'));
      const expected = filesOf(join(folder, 'dist')).filter((file) => !/^(cli|plugin|schematics)\//.test(file));
      expect(files).toEqual(expected);
      // As Node compiles CommonJS: throws a SyntaxError for what only ES modules may say.
      for (const file of files)
        compileFunction(readFileSync(join(folder, 'dist-cjs', file), 'utf8'), [], { filename: file });
    }
  });
});

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .sort();
}
