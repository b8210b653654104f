import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { incompatibilities } from 'nest-event-bus/avro';
import { describe, expect, it } from 'vitest';

interface Pair {
  readonly name: string;
  readonly writer: unknown;
  readonly reader: unknown;
  /** The recorded answer of Apache Avro. tools/check-avro-verdicts.mjs compares it again. */
  readonly apache: { readonly verdict: 'compatible' | 'incompatible' | 'error'; readonly reasons: readonly string[] };
  /** The right answer where Apache's is wrong or less exact. */
  readonly expected?: Answer;
}

interface Answer {
  readonly verdict: string;
  readonly rules: readonly string[];
}

const { pairs } = JSON.parse(readFileSync(join(import.meta.dirname, 'compatibility-pairs.json'), 'utf8')) as {
  readonly pairs: readonly Pair[];
};

describe('The compatibility of two schemas', () => {
  it('is compared to Apache Avro in many pairs, of both verdicts', () => {
    const count = (verdict: string) => pairs.filter(({ apache }) => apache.verdict === verdict).length;
    expect(pairs.length).toBeGreaterThanOrEqual(120);
    expect(count('compatible')).toBeGreaterThan(50);
    expect(count('incompatible')).toBeGreaterThan(50);
  });

  it.each(pairs.map((pair) => [pair.name, pair] as const))('has the verdict of Apache Avro: %s', (_, pair) => {
    expect(answer(pair)).toEqual(pair.expected ?? apacheAnswer(pair));
  });
});

function answer({ writer, reader }: Pair): Answer {
  const found = incompatibilities({ writer: JSON.stringify(writer), reader: JSON.stringify(reader) });
  return {
    verdict: found.length === 0 ? 'compatible' : 'incompatible',
    rules: [...new Set(found.map(({ rule }) => rule))].sort(),
  };
}

/** Apache's reasons look like `READER_FIELD_MISSING_DEFAULT_VALUE /fields/1`. */
function apacheAnswer({ apache }: Pair): Answer {
  const rules = apache.reasons.map((reason) => reason.replace(/ .*/, '').toLowerCase().replaceAll('_', '-'));
  return { verdict: apache.verdict, rules: [...new Set(rules)].sort() };
}
