import { readFileSync } from 'node:fs';
import { InvalidEventError } from 'nest-event-bus';
import { bodyCodec, compileSchema } from 'nest-event-bus/avro';
import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../support/golden-records.js';
import { leavesOf } from '../support/openedx-catalog.js';
import { TEXT_VALUES } from '../support/openedx-values.js';
import { VALUE_CASES } from '../support/value-cases.js';

// The text that the real classes write after reading a text, or null. openedx-values.python.spec.ts checks these
// verdicts.
const VERDICTS = JSON.parse(
  readFileSync(new URL('../fixtures/openedx/value-verdicts.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, string | null>>>>;

/** Texts that Open edX accepts and this package refuses on purpose. */
const REFUSED = [
  ['names a version only', /^(?:course|library|ccx|block)-v1:version@/],
  ['the key of an aside', /^aside-usage-v/],
  ['a key of the time before `block-v1`', /^location:/],
  ['ends in a line break, which a pattern of the Python package lets pass', /\n$/],
] as const;

describe.each(Object.keys(VALUE_CASES))('texts of the type %s', (declared) => {
  const { of, again } = TEXT_VALUES[declared] ?? { of: fail, again: fail };
  const verdicts = Object.entries(VERDICTS[declared] ?? {});

  it('have all been judged', () => {
    expect(verdicts.map(([text]) => text)).toEqual(VALUE_CASES[declared as keyof typeof VALUE_CASES]);
  });

  it('are taken when Open edX keeps them as they are, but for those that are refused on purpose', () => {
    for (const [text, verdict] of verdicts) {
      if (text !== verdict || REFUSED.some(([, pattern]) => pattern.test(text))) continue;
      expect(of(text), text).toBe(text);
    }
  });

  it('become what Open edX makes of them, or are refused', () => {
    for (const [text, verdict] of verdicts) {
      const result = taken(of, text);
      if (result !== undefined) expect(result, JSON.stringify(text)).toBe(verdict);
    }
  });

  it('lose nothing when they are taken apart and put together', () => {
    const all = verdicts.map(([text]) => taken(of, text)).filter((text) => text !== undefined);
    expect(all.length).toBeGreaterThan(0);
    for (const text of all) expect(again(text)).toBe(text);
  });
});

it.each(REFUSED)('refuses what %s', (_, pattern) => {
  const kept = Object.entries(VERDICTS).flatMap(([declared, verdicts]) =>
    Object.entries(verdicts)
      .filter(([text, verdict]) => text === verdict && pattern.test(text))
      .map(([text]) => ({ declared, text })),
  );
  // Every exception must still be needed.
  expect(kept).not.toEqual([]);
  for (const { declared, text } of kept) expect(taken(TEXT_VALUES[declared]?.of ?? fail, text), text).toBeUndefined();
});

describe.each([...goldenRecords('kafka'), ...goldenRecords('redis')])(
  'the golden record $name',
  ({ type, schema, body }) => {
    it('has values that fit their types, and lose nothing', () => {
      const leaves = leavesOf(type, bodyCodec(type, compileSchema(schema)).decode(body));
      for (const { declared, value, path } of leaves) {
        const helpers = TEXT_VALUES[declared];
        if (helpers === undefined) continue;
        expect(helpers.of(value as string), path).toBe(value);
        expect(helpers.again(value as string), path).toBe(value);
      }
    });
  },
);

function taken(of: (text: string) => string, text: string): string | undefined {
  try {
    return of(text);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidEventError);
    return undefined;
  }
}

function fail(): never {
  throw new Error('there are no helpers for this type');
}
