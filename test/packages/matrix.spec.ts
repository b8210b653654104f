import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Cell,
  CELLS,
  choose,
  page,
  readArguments,
  type Results,
  resultsIn,
  runCells,
  STEPS,
} from '../../tools/matrix/index.mjs';
import { start } from '../support/process.js';

const versions = { nest: '12.5.1', cli: '12.0.8', node: '24.21.0', manager: 'npm 11.19.1', ioredis: '5.4.0' };
const passes = () => Promise.resolve(undefined);
const cell = (name: string): Cell => {
  const [found] = choose([name]);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
};

describe('npm run test:matrix', () => {
  let folder: string;
  let results: Results;
  let lines: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'event-bus-matrix-spec-'));
    results = resultsIn(folder, 'b1');
    lines = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs the cells with steps that `run` decides. Returns the number of failures and the names of the cells tried. */
  async function run(
    cells: readonly Cell[],
    options: { resume?: boolean; run?: (step: string) => Promise<undefined> },
  ) {
    const tried: string[] = [];
    const failed = await runCells({
      cells,
      results,
      resume: options.resume ?? false,
      log: (line) => lines.push(line),
      open: ({ name }) => {
        tried.push(name);
        return Promise.resolve({ versions, run: options.run ?? passes });
      },
    });
    return { failed, tried };
  }

  it('covers Nest 11 and 12 with both module systems on every Node, and pnpm and yarn', () => {
    const ofNpm = CELLS.filter(({ manager }) => manager === 'npm');
    expect(new Set(ofNpm.map(({ name }) => name)).size).toBe(2 * 2 * 4);
    expect(choose(['pnpm']).length).toBeGreaterThan(0);
    expect(choose(['yarn']).length).toBeGreaterThan(0);
  });

  it('runs the cells that --only names by parts', () => {
    const namesOf = (...filters: string[]) => choose(filters).map(({ name }) => name);
    expect(namesOf('nest12-npm-node26')).toEqual(['nest12-cjs-npm-node26', 'nest12-esm-npm-node26']);
    expect(namesOf('node26-nest12-cjs', 'nest11-esm-node20')).toEqual([
      'nest11-esm-npm-node20',
      'nest12-cjs-npm-node26',
    ]);
    expect(namesOf()).toEqual(CELLS.map(({ name }) => name));
  });

  it.each([
    [['--only', 'node21'], '--only node21: no such cell'],
    [['--only', 'pnpm-node20'], '--only pnpm-node20: no such cell'],
    [['--only', ''], '--only : no such cell'],
    [['--only'], "'--only <value>' argument missing"],
    [['--resum'], "Unknown option '--resum'"],
    [['nest12'], "Unexpected argument 'nest12'"],
  ])('refuses %j', (args, message) => {
    expect(readArguments(args)).toEqual({ code: 2, text: expect.stringContaining(message) as string });
  });

  it('ends with 2 on wrong usage, before it packs or installs anything', async () => {
    const tool = start(process.execPath, ['tools/matrix/main.mjs', '--only', 'node21']);
    expect(await tool.ended, tool.lines.join('\n')).toBe(2);
    expect(tool.output).toEqual([]);
  });

  it('keeps each result, and tries with --resume only what has not passed', async () => {
    const cells = choose(['nest11-esm']);
    const [first, second] = cells;
    const killed = runCells({
      cells,
      results,
      resume: false,
      open: (cell) => (cell === first ? Promise.resolve({ versions, run: passes }) : Promise.reject(new Error('E404'))),
      log: (line) => lines.push(line),
    });
    expect(await killed).toBe(3);
    expect(lines.join('\n')).toMatch(/nest11-esm-npm-node22: install failed, .*\nE404/);

    const again = await run(cells, { resume: true });
    expect(again).toEqual({ failed: 0, tried: cells.slice(1).map(({ name }) => name) });
    expect(await run(cells, { resume: true })).toEqual({ failed: 0, tried: [] });
    expect(await run(cells, {})).toMatchObject({ tried: cells.map(({ name }) => name) });

    if (second !== undefined) writeFileSync(join(folder, `${second.name}.json`), '{ "build": "b1", ');
    expect(await run(cells, { resume: true })).toEqual({ failed: 0, tried: [second?.name] });
    results = resultsIn(folder, 'b2');
    expect(await run(cells, { resume: true })).toMatchObject({ tried: cells.map(({ name }) => name) });
  });

  it('prints the step that failed with the last lines of its output, and goes on', async () => {
    const output = Array.from({ length: 40 }, (_, n) => `line ${n}`).join('\n');
    const { failed } = await run([cell('nest12-esm-npm-node24')], {
      run: (step) => (step === 'Redis' ? Promise.reject(new Error(output)) : passes()),
    });
    expect(failed).toBe(1);
    expect(lines[1]).toMatch(/^\[1\/1\] nest12-esm-npm-node24: Redis failed, [\d.]+ s\nline 25\n(.*\n)*line 39$/);
    expect(lines).toHaveLength(STEPS.length);
  });

  it('accepts a failure from outside only if it is the known one', async () => {
    const known = cell('nest12-cjs-npm-node20');
    const fails = (message: string) => (step: string) =>
      step === 'tests' ? Promise.reject(new Error(message)) : passes();
    const expected = 'Must use import to load ES Module: /shop/node_modules/@nestjs/common/index.js';

    expect(await run([known], { run: fails(expected) })).toMatchObject({ failed: 0 });
    expect((await results.read(known))?.steps['tests']).toMatchObject({ state: 'n/a' });
    expect(await run([known], { run: fails('Cannot find module nest-event-bus') })).toMatchObject({ failed: 1 });
    expect(await run([known], {})).toMatchObject({ failed: 1 });
    expect(lines.join('\n')).toContain('passes now, although it is known to fail: Nest 12 is ES modules only.');
    expect(await run([cell('nest12-cjs-npm-node24')], { run: fails(expected) })).toMatchObject({ failed: 1 });
  });

  it('says which Node the registry does not have', async () => {
    const [missing] = choose(['nest11-esm-node26']);
    const open = () => Promise.resolve({ missing: 'The registry has no Node 26.' });
    expect(await runCells({ cells: choose(['nest11-esm-node26']), results, resume: false, open, log: () => {} })).toBe(
      0,
    );
    const result = missing && (await results.read(missing));
    expect(missing && result && (await page([{ cell: missing, result }]))).toContain('1. The registry has no Node 26.');
  });
});
