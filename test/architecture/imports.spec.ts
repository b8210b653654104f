import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { circleOf, hidesExports, importProblems, importsOf, packageName } from './import-rules.js';

const LIBS = resolve(import.meta.dirname, '../../libs');

describe('imports point inward', () => {
  const files = sourceFiles('event-bus/src');

  it('reads the sources', () => {
    expect(files.length).toBeGreaterThan(20);
  });

  it('in every file of the package', () => {
    expect(files.flatMap(({ file, text }) => importProblems(file, text))).toEqual([]);
  });

  it('and name packages that package.json declares', () => {
    const { dependencies, peerDependencies } = packageJson('event-bus');
    const declared = Object.keys({ ...dependencies, ...peerDependencies });
    const imported = files.flatMap(({ text }) => importsOf(text)).filter((name) => !/^(\.|node:)/.test(name));
    expect(declared).toEqual(expect.arrayContaining([...new Set(imported.map(packageName))]));
  });

  it('and never in a circle, types included', () => {
    expect(circleOf(files)).toBeUndefined();
  });

  it('and every barrel lists its names one by one', () => {
    expect(files.filter(({ text }) => hidesExports(text)).map(({ file }) => file)).toEqual([]);
  });
});

describe('the check of imports', () => {
  it.each([
    ['core/a.ts', "import { Injectable } from '@nestjs/common';", 'core/ must not import the package @nestjs/common'],
    ['core/a.ts', "import '../nest/module.js';", 'core/ must not import nest/'],
    ['core/deep/a.ts', "export { x } from '../../avro/index.js';", 'core/ must not import avro/'],
    ['core/a.ts', "export * from '../index.js';", 'core/ must not import ./'],
    ['core/a.ts', "import 'nest-event-bus/core';", 'core/ must not import the package nest-event-bus'],
    ['avro/a.ts', "import type { Kafka } from 'kafkajs';", 'avro/ must not import the package kafkajs'],
    ['embedded/a.ts', "const x = await import('../kafka/index.js');", 'embedded/ must not import kafka/'],
    ['redis/a.ts', "const x = createRequire(import.meta.url)('x'); require('libsql');", 'the package libsql'],
    ['kafka/a.ts', "type X = import('ioredis').Redis;", 'kafka/ must not import the package ioredis'],
    ['kafka/a.ts', "import '@kafkajs/other';", 'kafka/ must not import the package @kafkajs/other'],
    ['middleware/a.ts', "import '../embedded/index.js';", 'middleware/ must not import embedded/'],
    ['testing/a.ts', "import 'vitest';", 'testing/ must not import the package vitest'],
    [
      'nest-cli-plugin/a.cts',
      "import fs = require('typescript');",
      'nest-cli-plugin/ must not import the package typescript',
    ],
    ['nest/a.ts', "import '../cli/main.js';", 'nest/ must not import cli/'],
    ['novelty/a.ts', '', 'no rule says what novelty/ may import'],
  ])('refuses in %s: %s', (file, text, problem) => {
    expect(importProblems(file, text)).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ['core/a.ts', "import { x } from 'node:crypto'; import './b.js';"],
    ['core/deep/a.ts', "import '../b.js';"],
    ['avro/a.ts', "import avro from 'avsc'; import '../core/event.js';"],
    ['nest/a.ts', "import '@nestjs/common'; import 'rxjs/operators'; await import('../kafka/index.js');"],
    ['cli/main.ts', "import '../nest/index.js'; import '../testing/index.js';"],
    ['index.ts', "export { a } from './nest/index.js'; export type { b } from './core/index.js';"],
    ['core/a.ts', "// import '../nest/a.js';\nconst text = \"import '../nest/a.js'\";"],
  ])('accepts in %s: %s', (file, text) => {
    expect(importProblems(file, text)).toEqual([]);
  });

  it('finds a circle, also of types', () => {
    const [a, b, c] = [
      { file: 'core/a.ts', text: "import type { B } from './deep/b.js';" },
      { file: 'core/deep/b.ts', text: "export { c } from '../c.js';" },
      { file: 'core/c.ts', text: "const a = await import('./a.js');" },
    ];
    expect(circleOf([a, b, c])).toBe('core/a.ts imports core/deep/b.ts imports core/c.ts imports core/a.ts');
    expect(circleOf([a, b])).toBeUndefined();
  });

  it('reads every form of import', () => {
    const text = `
      import a, { b } from '1'; import type { c } from '2'; import '3'; export { d } from '4'; export * from '5';
      export type { e } from '6'; const f = import('7'); type G = import('8').G; import h = require('9');`;
    expect(importsOf(text)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
  });

  it.each([
    ["export * from './a.js';", true],
    ["export * as a from './a.js';", true],
    ["export type * from './a.js';", true],
    ["export { a, type b } from './a.js'; export const c = 1;", false],
  ])('knows which exports hide names: %s', (text, hides) => {
    expect(hidesExports(text)).toBe(hides);
  });
});

/** The source files of a folder in libs, without specs. `file` is the path below that folder. */
function sourceFiles(folder: string): { readonly file: string; readonly text: string }[] {
  const root = join(LIBS, folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.c?ts$/.test(file) && !file.endsWith('.spec.ts'))
    .map((file) => ({ file: file.replaceAll('\\', '/'), text: readFileSync(join(root, file), 'utf8') }));
}

function packageJson(name: string): Readonly<Record<string, Record<string, string> | undefined>> {
  return JSON.parse(readFileSync(join(LIBS, name, 'package.json'), 'utf8')) as ReturnType<typeof packageJson>;
}
