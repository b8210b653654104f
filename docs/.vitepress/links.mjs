import { existsSync, statSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The page of the site that a Markdown file becomes: `docs/` is its root, and a README is the page of its folder. */
export function pageOf(file) {
  return file.replace(/^docs\//, '').replace(/(^|\/)README\.md$/, '$1index.md');
}

/** The Markdown file that a link leads to, from the root of the repository; undefined if it leads elsewhere. */
export function fileOf(link, from) {
  const [path] = link.split(/[?#]/);
  if (path === '' || /^[a-z]+:|^\//.test(path)) return undefined;
  const target = resolve(dirname(from), path);
  const file = existsSync(target) && statSync(target).isDirectory() ? join(target, 'README.md') : target;
  return file.endsWith('.md') ? relative(ROOT, file).replaceAll(sep, posix.sep) : undefined;
}

/** The anchor of a heading, as code hosts make it. */
export function anchorOf(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

/** For markdown-it: links between Markdown files, as a code host follows them, lead to the pages of the site. */
export function sourceLinks(md) {
  md.core.ruler.push('source-links', ({ tokens, env }) => {
    for (const link of tokens.flatMap(({ children }) => children ?? []).filter(({ type }) => type === 'link_open')) {
      const href = link.attrGet('href') ?? '';
      const file = fileOf(href, env.realPath ?? env.path);
      if (file !== undefined) link.attrSet('href', `/${pageOf(file)}${/#.*$/.exec(href)?.[0] ?? ''}`);
    }
  });
}
