import { bodyCodec, compileSchema } from 'nest-event-bus/avro';
import { OPENEDX_EVENTS } from 'openedx-events';
import { describe, expect, it } from 'vitest';
import { leavesOf, samples } from '../support/openedx-catalog.js';
import { TEXT_VALUES } from '../support/openedx-values.js';
import { runPython } from '../support/python.js';
import { requires } from '../support/requirements.js';
import { VALUE_CASES } from '../support/value-cases.js';

const TYPES = OPENEDX_EVENTS.map(({ type }) => type);
const CODECS = new Map(OPENEDX_EVENTS.map(({ type, schema }) => [type, bodyCodec(type, compileSchema(schema))]));

interface Written {
  readonly type: string;
  readonly kind: string;
  readonly data: unknown;
  readonly body: string;
}

await requires('python', 'the bytes of every event, with the real Python serializer', async (python) => {
  const ours = ourBodies();
  const answer = JSON.parse(
    await runPython(python, 'event_bytes.py', { types: TYPES, bodies: ours.map(({ type, body }) => ({ type, body })) }),
  ) as { readonly written: readonly Written[]; readonly read: readonly string[] };
  const written = answer.written.map((sample) => ({ ...sample, data: revived(sample.data) }));

  it('covers every event, in five kinds of samples', () => {
    expect(TYPES).toHaveLength(64);
    expect(written).toHaveLength(64 * 5);
    expect(ours).toHaveLength(64 * 2);
  });

  describe.each(TYPES)('%s', (type) => {
    const of = written.filter((sample) => sample.type === type);

    it.each(of)('is read as Python wrote it, $kind, and written again byte for byte', ({ data, body }) => {
      const codec = codecOf(type);
      const bytes = Buffer.from(body, 'base64');
      expect(codec.decode(bytes)).toEqual(data);
      expect(codec.encode(codec.decode(bytes)).equals(bytes)).toBe(true);
      expect(codec.encode(data).equals(bytes)).toBe(true);
    });

    it.each(of)('has keys and times that the helpers take, $kind', ({ data }) => {
      for (const { declared, value, path } of leavesOf(type, data)) {
        const helpers = TEXT_VALUES[declared];
        if (helpers === undefined) continue;
        expect(helpers.of(value as string), path).toBe(value);
        expect(helpers.again(value as string), path).toBe(value);
      }
    });

    it.each(ours.filter((body) => body.type === type))('is read by Python as we wrote it, $kind', ({ body, index }) => {
      expect(answer.read[index]).toBe(body);
    });
  });
});

/** Bodies created with the helpers. No value is falsy, because Python replaces falsy values with defaults. */
function ourBodies() {
  const kinds = [
    { kind: 'full', optionalFields: true },
    { kind: 'mostly null', optionalFields: false },
  ];
  return kinds
    .flatMap(({ kind, optionalFields }) =>
      samples({ values: ourValue, optionalFields }).map(({ type, data }) => ({ kind, type, data })),
    )
    .map(({ kind, type, data }, index) => ({ kind, type, index, body: codecOf(type).encode(data).toString('base64') }));
}

/** A value that Open edX keeps unchanged, different for each path. */
function ourValue(declared: string, path: string): unknown {
  const helpers = TEXT_VALUES[declared];
  if (helpers !== undefined) {
    const good = VALUE_CASES[declared as keyof typeof VALUE_CASES].slice(0, 2);
    return helpers.of(good[path.length % 2] ?? '');
  }
  const value = PLAIN_VALUES[declared];
  if (value === undefined) throw new Error(`there is no sample of the type ${declared}`);
  return value;
}

const PLAIN_VALUES: Readonly<Record<string, unknown>> = {
  str: 'Zoë 😀 "q"',
  int: 2n ** 63n - 1n,
  float: 0.1,
  bool: true,
  'list[int]': [1, -65, 2n ** 53n],
  'list[str]': ['a', 'ü'],
  'dict[str, str]': { b: '1', 10: '2', 9: '3', '～': '4', '😀': '5' },
};

/** Replaces the placeholders for numbers with the numbers. */
function revived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== 'object' || value === null) return value;
  if ('$integer' in value) return BigInt(value.$integer as string);
  if ('$float' in value) return Number(value.$float);
  const revivedFields = Object.entries(value).map(([name, item]) => [name, revived(item)]);
  return Object.fromEntries(revivedFields);
}

function codecOf(type: string) {
  const codec = CODECS.get(type);
  if (codec === undefined) throw new Error(`there is no ${type}`);
  return codec;
}
