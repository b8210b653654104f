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

  it('names the two commands before anything else', () => {
    const [, first] = /\n\n((?: {4}.*\n)+)/.exec(README) ?? [];
    expect(first).toMatch(/^ {4}npm ci && npm run demo .*\n {4}npm ci && npm test$/m);
  });

  it('is completed by a list of all exit codes', () => {
    const page = readFileSync(join(ROOT, 'docs/reference/exit-codes.md'), 'utf8');
    for (const code of [0, ...Object.values(EXIT)]) expect(page).toMatch(new RegExp(`^\\| ${code} `, 'm'));
  });

  it('is completed by a list of all log lines', () => {
    const page = readFileSync(join(ROOT, 'docs/reference/log-lines.md'), 'utf8');
    const source = readFileSync(join(ROOT, 'libs/event-bus/src/core/notices/notice-text.ts'), 'utf8');
    const lines = [...source.matchAll(/(?:\b(?:info|failure)\(|const what =)\s*['`]([A-Z][^'`$;]*)/g)];
    expect(lines.length).toBeGreaterThan(20);
    for (const [, text = ''] of lines)
      expect(page).toContain(`| \`${text.trim().replace(/^Could not$/, 'Could not …')}`);
  });

  it('is completed by examples for Open edX that work together', async () => {
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
