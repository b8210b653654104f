import { cpSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ROOT, start } from '../support/process.js';

const GENERATOR = 'tools/generate-openedx-events.mjs';

it('makes of the committed catalog what is committed', async () => {
  const check = start(process.execPath, [GENERATOR, '--from-catalog', '--check']);
  expect(await check.ended, check.lines.join('\n')).toBe(0);
});

it('names the files that are not as generated, ends with 1 and leaves them; without --check, puts them right', async () => {
  const copy = copyOfTheCatalog();
  const generate = (...args: readonly string[]) =>
    start(process.execPath, [GENERATOR, '--from-catalog', ...args], { cwd: copy });
  const changed = 'libs/openedx-events/src/learning.ts';
  const missing = 'libs/openedx-events/schemas/org.openedx.learning.badge.awarded.v1.avsc';
  const surplus = 'libs/openedx-events/src/authz.ts';
  writeFileSync(join(copy, changed), '// Written by hand.\n');
  unlinkSync(join(copy, missing));
  writeFileSync(join(copy, surplus), '');

  for (const attempt of [1, 2]) {
    const check = generate('--check');
    expect(await check.ended, `attempt ${attempt}`).toBe(1);
    expect(check.lines).toEqual([
      `Not as generated: ${[missing, changed, surplus].join(', ')}. Run: npm run generate:openedx-events`,
    ]);
  }
  const repair = generate();
  expect(await repair.ended).toBe(0);
  expect(repair.lines).toEqual([`wrote ${missing}`, `wrote ${changed}`, `removed ${surplus}`]);
  expect(await generate('--check').ended).toBe(0);
});

/** A copy of the generator and its output that the test may change. */
function copyOfTheCatalog(): string {
  const folder = mkdtempSync(join(tmpdir(), 'openedx-catalog-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const part of ['tools', 'libs/openedx-events/src', 'libs/openedx-events/schemas', '.prettierrc.json']) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}
