import { expect, it } from 'vitest';
import { type Cell, choose, page, STEPS } from '../../tools/matrix/index.mjs';

const versions = { nest: '12.5.1', cli: '12.0.8', node: '24.21.0', manager: 'npm 11.19.1', ioredis: '5.4.0' };
const only = (name: string) => choose([name])[0] as Cell;

it('docs/matrix.md has a row for each cell, and the reasons below it', async () => {
  const [good, known] = [only('nest12-esm-npm-node24'), only('nest12-cjs-npm-node20')];
  const steps = Object.fromEntries(STEPS.map((step) => [step, { state: 'passes' as const }]));
  const text = await page([
    { cell: good, result: { versions, steps: { ...steps, embedded: { state: 'failed', output: '/home/me' } } } },
    {
      cell: known,
      result: { versions: { ...versions, node: '20.20.2' }, steps: { tests: { state: 'n/a', note: 'A reason.' } } },
    },
  ]);
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| 12'))
    .map((line) =>
      line
        .slice(2, -2)
        .split(/ +\| /)
        .map((each) => each.trim()),
    );
  expect(rows).toEqual([
    [
      ...['12.5.1', '12.0.8', 'ESM', 'npm 11.19.1', '24.21.0'],
      ...['**fails**', 'passes (ioredis 5.4.0)', 'passes', 'passes', 'passes'],
    ],
    [
      ...['12.5.1', '12.0.8', 'CommonJS', 'npm 11.19.1', '20.20.2'],
      ...['not run', 'not run', 'not run', 'n/a [1]', 'not run'],
    ],
  ]);
  expect(text).toContain('1. A reason.');
  expect(text).not.toContain('/home/me');
});
