import { describe, expect, it } from 'vitest';
import { checkCompatibility, COMPATIBILITY_MODES, type CompatibilityMode } from './compatibility-mode.js';

const schema = (...fields: readonly unknown[]) => JSON.stringify({ type: 'record', name: 'CloudEvent', fields });
const a = { name: 'a', type: 'string' };
const required = { name: 'b', type: 'string' };
const optional = { name: 'b', type: ['null', 'string'], default: null };

const BREAKS_BACKWARD = [schema(a), schema(a, required)] as const;
const BREAKS_FORWARD = [schema(a, required), schema(a)] as const;

function verdicts(versions: readonly string[], next: string): Record<CompatibilityMode, boolean> {
  const numbered = versions.map((text, n) => ({ version: n + 1, schema: text }));
  const check = (mode: CompatibilityMode) => checkCompatibility({ mode, versions: numbered, schema: next });
  return Object.fromEntries(COMPATIBILITY_MODES.map((mode) => [mode, check(mode).length === 0])) as Record<
    CompatibilityMode,
    boolean
  >;
}

describe('checkCompatibility', () => {
  it('lets an optional field come and go in every mode', () => {
    const all = Object.fromEntries(COMPATIBILITY_MODES.map((mode) => [mode, true]));
    expect(verdicts([schema(a)], schema(a, optional))).toEqual(all);
    expect(verdicts([schema(a, optional)], schema(a))).toEqual(all);
    expect(verdicts([], schema(a))).toEqual(all);
  });

  it.each([
    ['a required field added', ...BREAKS_BACKWARD, { BACKWARD: false, FORWARD: true, FULL: false }],
    ['a required field removed', ...BREAKS_FORWARD, { BACKWARD: true, FORWARD: false, FULL: false }],
  ])('tells the directions apart: %s', (_, before, after, { BACKWARD, FORWARD, FULL }) => {
    expect(verdicts([before], after)).toEqual({
      BACKWARD,
      BACKWARD_TRANSITIVE: BACKWARD,
      FORWARD,
      FORWARD_TRANSITIVE: FORWARD,
      FULL,
      FULL_TRANSITIVE: FULL,
    });
  });

  it('compares with the newest version, or transitively with every one', () => {
    // Each step alone is compatible. But data of version 1 may lack b, and the new schema has no default for it.
    expect(verdicts([schema(a), schema(a, { ...required, default: '' })], schema(a, required))).toEqual({
      BACKWARD: true,
      BACKWARD_TRANSITIVE: false,
      FORWARD: true,
      FORWARD_TRANSITIVE: true,
      FULL: true,
      FULL_TRANSITIVE: false,
    });
  });

  it('is FULL_TRANSITIVE unless told otherwise, and says version, direction, place, rule and remedy', () => {
    const versions = [
      { version: 1, schema: schema(a, { name: 'gone', type: 'long' }) },
      { version: 4, schema: schema(a) },
    ];
    expect(checkCompatibility({ versions, schema: schema(a, required) })).toEqual([
      {
        version: 1,
        direction: 'backward',
        path: 'CloudEvent.b',
        rule: 'reader-field-missing-default-value',
        message:
          'the new schema needs the field, version 1 does not write it, and it has no default: give it a default, or publish a new major version',
      },
      {
        version: 1,
        direction: 'forward',
        path: 'CloudEvent.gone',
        rule: 'reader-field-missing-default-value',
        message:
          'version 1 needs the field, the new schema does not write it, and it has no default: keep the field, or publish a new major version',
      },
      expect.objectContaining({ version: 4, direction: 'backward', path: 'CloudEvent.b' }),
    ]);
  });
});
