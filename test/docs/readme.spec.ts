import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from 'nest-event-bus';
import { ROOT, start } from '../support/process.js';
import { type Workbench, workbench } from '../support/workbench.js';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

describe('The README', () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('readme')));
  afterEach(() => bench.clear());

  it.each(['publish', 'consume'])('shows examples/src/%s.ts as it is', (name) => {
    expect(README).toContain('```ts\n' + readFileSync(join(ROOT, `examples/src/${name}.ts`), 'utf8') + '```');
  });

  it('is completed by docs/nest.md, with an event of its own', () => {
    const page = readFileSync(join(ROOT, 'docs/nest.md'), 'utf8');
    expect(page).toContain('```ts\n' + readFileSync(join(ROOT, 'examples/src/own-event.ts'), 'utf8') + '```');
  });

  it.each(['postgres.backend.mjs', 'postgres.spec.ts'])('is completed by docs/backends.md, with %s', (name) => {
    const page = readFileSync(join(ROOT, 'docs/backends.md'), 'utf8');
    expect(page).toContain('\n' + readFileSync(join(ROOT, 'test/examples', name), 'utf8') + '```');
  });

  it('begins with the two commands', () => {
    expect(README.split('\n').slice(2, 4).join('\n')).toMatch(
      /^ {4}npm ci && npm run demo .*\n {4}npm ci && npm test$/,
    );
  });

  it('lists every exit code', () => {
    for (const code of [0, ...Object.values(EXIT)]) expect(README).toMatch(new RegExp(`^\\| ${code} `, 'm'));
  });

  it('has examples that work together', async () => {
    const env = { EVENT_BUS_EMBEDDED_PATH: bench.path };
    const publisher = start(process.execPath, ['dist/examples/publish.js'], { env });
    await expect(publisher.ended).resolves.toBe(0);
    const consumer = start(
      process.execPath,
      ['dist/examples/consume.js', '--topic', 'registration', '--group', 'letters', '--from', 'earliest'],
      { env },
    );
    await consumer.says(/Welcome, ada!/);
    await expect(consumer.stop()).resolves.toBe(0);
  });
});
