import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from '../support/process.js';

/** A link of a page: as it is written, the file that it leads to, and the anchor there. */
export interface Link {
  readonly href: string;
  readonly file: string;
  readonly anchor: string | undefined;
}

/** All Markdown files that readers meet, from the root of the repository. */
export function markdownFiles(): readonly string[] {
  const below = (folder: string) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name));
  const packages = readdirSync(join(ROOT, 'libs')).map((name) => join('libs', name, 'README.md'));
  return ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'benchmarks/README.md', ...packages, ...below('docs')];
}

export function readPage(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The links to other places of the repository. Those to the web, and those of code blocks, are left out. */
export function linksOf(file: string): readonly Link[] {
  const text = prose(readPage(file)).replaceAll(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, href = '']) => href)
    .filter((href) => !/^[a-z]+:/.test(href))
    .map((href) => {
      const [path = '', anchor] = href.split('#');
      const target = path === '' ? file : relative(ROOT, join(ROOT, dirname(file), path));
      const isFolder = existsSync(join(ROOT, target)) && statSync(join(ROOT, target)).isDirectory();
      return { href, file: isFolder ? join(target, 'README.md') : target, anchor };
    });
}

/** The anchors of a page, as code hosts make them of its headings. */
export function anchorsOf(file: string): readonly string[] {
  return [...prose(readPage(file)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}

function prose(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/^ {4}.*$/gm, '');
}
