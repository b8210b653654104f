import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/process.js';
import { titlesIn } from '../support/titles.js';

const PAGE = readFileSync(join(ROOT, 'docs/openedx-differences.md'), 'utf8');

/** Rows like `| D1 | there | here | tests |`. */
const ROWS = [...PAGE.matchAll(/^\| (D\d+) \| (.+) \| (.+) \| (.*) \|$/gm)].map(
  ([, number = '', , here = '', tests = '']) => ({ number, here, tests }),
);
const TESTS = ROWS.flatMap(({ number, tests }) =>
  [...tests.matchAll(/`([^`›]+) › ([^`]+)`/g)].map(([, file = '', title = '']) => ({ number, file, title })),
);

describe('docs/openedx-differences.md', () => {
  it('has each of the 34 numbers once, in their order', () => {
    expect(ROWS.map(({ number }) => number)).toEqual(Array.from({ length: 34 }, (_, n) => `D${n + 1}`));
  });

  it('names a test for each, or says that it is not here yet', () => {
    for (const { number, here, tests } of ROWS) {
      const named = TESTS.filter((test) => test.number === number).length;
      if (named === 0) expect(here, number).toMatch(/^Not here yet/);
      // Parts that the pattern above does not understand would not be checked.
      expect(
        tests.split('<br>').filter((test) => test !== '–'),
        number,
      ).toHaveLength(named);
    }
  });

  it.each(TESTS.map(({ number, file, title }) => [number, file, title]))('%s: %s › %s', (_, file = '', title = '') => {
    expect(existsSync(join(ROOT, file)), file).toBe(true);
    const titles = titlesIn(file);
    expect(titles.produces(title), `${file} has only:\n${titles.all.join('\n')}`).toBe(true);
  });

  it('is linked from the README', () => {
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain('](docs/openedx-differences.md)');
  });
});

describe('The titles of a spec', () => {
  it('are those of its tests, of cases of the contract, and what their templates make of texts of the file', () => {
    const unit = titlesIn('libs/event-bus/src/avro/body-reader.spec.ts');
    expect(unit.produces('takes its default for what the writer did not know')).toBe(true);
    expect(unit.produces('keeps false that was written, whatever the default')).toBe(true);
    expect(unit.produces('keeps nothing that was written, whatever the default')).toBe(false);
    // The text is in the file, but it is not a title.
    expect(unit.produces('a list of 2^62 items')).toBe(false);
    const cases = titlesIn('libs/event-bus/src/testing/contract/cases/starting.ts');
    expect(cases.produces('consume makes a topic that is missing')).toBe(true);
    expect(cases.produces('a group made by consume at earliest gets all that is retained')).toBe(true);
    expect(cases.produces('a group made by magic at earliest gets all that is retained')).toBe(false);
  });
});
