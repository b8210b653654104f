import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/process.js';
import { anchorsOf, linksOf, markdownFiles } from './markdown.js';

const FILES = markdownFiles();

describe('The links of the docs', () => {
  it.each(FILES)('of %s lead to files and headings', (file) => {
    for (const link of linksOf(file)) {
      expect(existsSync(join(ROOT, link.file)), `${link.href}: there is no ${link.file}`).toBe(true);
      if (link.anchor !== undefined) expect(anchorsOf(link.file), link.href).toContain(link.anchor);
    }
  });

  it('are found at all', () => {
    expect(linksOf('docs/tuning.md')).toContainEqual({
      href: 'kafka.md#consumer-groups',
      file: 'docs/kafka.md',
      anchor: 'consumer-groups',
    });
    expect(FILES.flatMap(linksOf).length).toBeGreaterThan(40);
  });

  it('of a package lead to the web, as only the package is there for its reader', () => {
    for (const file of FILES.filter((name) => name.startsWith('libs/'))) expect(linksOf(file), file).toEqual([]);
  });
});
