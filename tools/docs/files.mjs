import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The pages for users: READMEs and docs/, decisions left out. */
export function markdownFiles() {
  const packages = readdirSync(join(ROOT, 'libs')).map((name) => `libs/${name}/README.md`);
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.startsWith('decisions'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`);
  return ['README.md', ...packages, ...docs.sort()];
}
