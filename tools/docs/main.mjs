// npm run generate:docs: writes into the docs what the code says: blocks of code, the command line, the exports and the
// settings. With --check it writes nothing, and ends with 1 when a page differs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { cliPage } from './cli.mjs';
import { exportsPage } from './exports.mjs';
import { markdownFiles, ROOT } from './files.mjs';
import { metricsPage } from './metrics.mjs';
import { settingsPage } from './settings.mjs';
import { withCode } from './code.mjs';

const PAGES = {
  'docs/reference/cli.md': cliPage,
  'docs/reference/exports.md': exportsPage,
  'docs/metrics.md': metricsPage,
  'docs/settings.md': settingsPage,
};

const check = process.argv.includes('--check');
for (const [page, make] of Object.entries(PAGES)) {
  const layout = { parser: 'markdown', printWidth: 120, proseWrap: 'always', embeddedLanguageFormatting: 'off' };
  write(page, await format(await make(), layout));
}
for (const page of markdownFiles()) {
  const { text, problems } = withCode(readFileSync(join(ROOT, page), 'utf8'));
  for (const problem of problems) complain(`${page}: ${problem}`);
  write(page, text);
}

function write(page, text) {
  const file = join(ROOT, page);
  if (text === read(file)) return;
  if (check) complain(`${page} differs from the code. Run npm run generate:docs.`);
  else writeFileSync(file, text);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function complain(problem) {
  console.error(problem);
  process.exitCode = 1;
}
