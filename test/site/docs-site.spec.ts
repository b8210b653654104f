import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, start } from '../support/process.js';

describe('npm run docs', () => {
  let site: string;
  let pages: readonly string[];

  beforeAll(async () => {
    site = mkdtempSync(join(tmpdir(), 'event-bus-site-'));
    const build = start('npm', ['run', 'docs', '--', '--outDir', site], { cwd: ROOT });
    expect(await build.ended, build.lines.join('\n')).toBe(0);
    pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
  }, 180_000);
  afterAll(() => rmSync(site, { recursive: true, force: true }));

  const html = (page: string) => readFileSync(join(site, page), 'utf8');

  it('makes a page of every Markdown file of docs, and of the README', () => {
    const files = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => name.replace(/README\.md$/, 'index.md').replace(/md$/, 'html'));
    expect(pages).toEqual(expect.arrayContaining([...files, 'index.html', 'CHANGELOG.html', 'benchmarks/index.html']));
  });

  it('has no link to a page or heading that is not there', () => {
    const dead = pages.flatMap((page) =>
      [...html(page).matchAll(/<a\b[^>]*\bhref="([^"]*)"/g)]
        .map(([, href = '']) => href)
        .filter((href) => !/^[a-z]+:/.test(href) && !leads(page, href))
        .map((href) => `${page}: ${href}`),
    );
    expect(dead).toEqual([]);
  });

  it('leads to every page from the side bar', () => {
    const sideBar = /<aside class="VPSidebar[\s\S]*?<\/aside>/.exec(html('index.html'))?.[0] ?? '';
    const links = [...sideBar.matchAll(/href="([^"#]*)"/g)].map(([, href = '']) => fileOf(href));
    expect(pages.filter((page) => page !== '404.html' && !links.includes(page))).toEqual([]);
  });

  function leads(page: string, href: string): boolean {
    const [path = '', anchor] = href.split('#');
    const target = path === '' ? page : path.startsWith('/') ? fileOf(path) : posix.join(posix.dirname(page), path);
    if (!existsSync(join(site, target))) return false;
    return anchor === undefined || anchor === '' || html(target).includes(`id="${decodeURIComponent(anchor)}"`);
  }
});

function fileOf(path: string): string {
  return path.replace(/^\//, '').replace(/(^|\/)$/, '$1index.html');
}
