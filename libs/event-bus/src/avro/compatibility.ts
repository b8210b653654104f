import {
  type AvroEnum,
  type AvroFixed,
  type AvroNamed,
  type AvroRecord,
  type AvroSchema,
  type AvroUnion,
  readSchema,
  shortName,
} from './schema.js';

/**
 * The kinds of incompatibility, by the names that Apache Avro and the schema registries use. They treat
 * `ambiguous-field` as an error too.
 */
export type IncompatibilityRule =
  | 'reader-field-missing-default-value'
  | 'type-mismatch'
  | 'name-mismatch'
  | 'missing-union-branch'
  | 'missing-enum-symbols'
  | 'fixed-size-mismatch'
  | 'ambiguous-field';

/** One reason why some or all data of one schema cannot be read with another. */
export interface Incompatibility {
  /** The path in the reader's schema, such as `CloudEvent.user.pii.email`. `[*]` means array items or map values. */
  readonly path: string;
  readonly rule: IncompatibilityRule;
  /** A sentence without the full stop. */
  readonly message: string;
}

/**
 * Returns every reason why the reader cannot read all that the writer can write. An empty list means compatible.
 *
 * The rules are those of schema resolution in the Avro specification, with the verdicts of Apache Avro's
 * SchemaCompatibility:
 *
 * - Types match by their name without namespace, or by a full alias of the reader.
 * - A union that might fail counts as a failure.
 * - Logical types do not count.
 *
 * `called` are the names of both sides in messages. Throws `InvalidEventError` if a text is not a schema.
 */
export function incompatibilities(
  { writer, reader }: { readonly writer: string; readonly reader: string },
  called: Called = { writer: 'the writer', reader: 'the reader' },
): readonly Incompatibility[] {
  const root = readSchema(reader);
  const rootName = 'name' in root ? shortName(root.name) : root.kind;
  return comparison(called)(readSchema(writer), root).map((found) => ({ ...found, path: rootName + found.path }));
}

interface Called {
  readonly writer: string;
  readonly reader: string;
}

type Compare = (writer: AvroSchema, reader: AvroSchema) => readonly Incompatibility[];

/** Paths in the results are relative to the two compared schemas. */
function comparison(called: Called): Compare {
  const records = recordComparison(called, (writer, reader) => compare(writer, reader));

  function compare(writer: AvroSchema, reader: AvroSchema): readonly Incompatibility[] {
    if (writer.kind === 'union') return writer.branches.flatMap((branch) => compare(branch, reader));
    if (reader.kind === 'union') return compareToUnion(writer, reader);
    if (writer.kind === 'record' && reader.kind === 'record') return records(writer, reader);
    if (writer.kind === 'enum' && reader.kind === 'enum')
      return [...compareNames(writer, reader, called), ...compareSymbols(writer, reader, called)];
    if (writer.kind === 'fixed' && reader.kind === 'fixed')
      return [...compareNames(writer, reader, called), ...compareSizes(writer, reader, called)];
    if (writer.kind === 'array' && reader.kind === 'array') return within('[*]', compare(writer.items, reader.items));
    if (writer.kind === 'map' && reader.kind === 'map') return within('[*]', compare(writer.values, reader.values));
    if (writer.kind === reader.kind || PROMOTIONS[writer.kind]?.includes(reader.kind) === true) return [];
    return [
      problem('type-mismatch', `${called.writer} writes ${nameOf(writer)}, ${called.reader} reads ${nameOf(reader)}`),
    ];
  }

  function compareToUnion(writer: AvroSchema, reader: AvroUnion): readonly Incompatibility[] {
    const meant: (readonly Incompatibility[])[] = [];
    for (const branch of reader.branches) {
      const found = compare(writer, branch);
      if (found.length === 0) return [];
      if (isMeant(writer, branch)) meant.push(found);
    }
    // If one branch was meant, its problems are more useful than a report that no branch fits.
    const [only, ...more] = meant;
    if (only !== undefined && more.length === 0) return only;
    const branches = reader.branches.map(nameOf).join(', ');
    return [
      problem(
        'missing-union-branch',
        `${called.writer} writes ${nameOf(writer)}, ${called.reader} reads only ${branches === '' ? 'nothing' : branches}`,
      ),
    ];
  }

  return compare;
}

/** Type of the writer → types that the reader may have instead. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

/**
 * Compares records. A pair that is already being compared counts as compatible; its problems appear in the outer
 * comparison.
 */
function recordComparison(
  called: Called,
  compare: Compare,
): (writer: AvroRecord, reader: AvroRecord) => readonly Incompatibility[] {
  const known = new Map<string, readonly Incompatibility[]>();
  return (writer, reader) => {
    const pair = `${writer.name} ${reader.name}`;
    const before = known.get(pair);
    if (before !== undefined) return before;
    const earlier = new Set(known.keys());
    known.set(pair, []);
    const found = [...compareNames(writer, reader, called), ...compareFields(writer, reader, called, compare)];
    if (found.length > 0) {
      // These pairs may be compatible only because this pair was assumed to be, so they are compared again.
      for (const [other, problems] of known) if (problems.length === 0 && !earlier.has(other)) known.delete(other);
    }
    known.set(pair, found);
    return found;
  };
}

function compareFields(
  writer: AvroRecord,
  reader: AvroRecord,
  called: Called,
  compare: Compare,
): readonly Incompatibility[] {
  return reader.fields.flatMap((field) => {
    const names = [field.name, ...field.aliases];
    const sources = writer.fields.filter(({ name }) => names.includes(name));
    const [source, ...more] = sources;
    if (source === undefined) {
      if (field.hasDefault) return [];
      const why = `${called.reader} needs the field, ${called.writer} does not write it, and it has no default`;
      return within(`.${field.name}`, [problem('reader-field-missing-default-value', why)]);
    }
    if (more.length > 0) {
      const fields = sources.map(({ name }) => name).join(', ');
      const why = `its name and aliases match several fields of ${called.writer}: ${fields}`;
      return within(`.${field.name}`, [problem('ambiguous-field', why)]);
    }
    return within(`.${field.name}`, compare(source.type, field.type));
  });
}

function compareNames(writer: AvroNamed, reader: AvroNamed, called: Called): readonly Incompatibility[] {
  if (isNamedAlike(writer, reader)) return [];
  const why = `${called.writer} calls the type ${writer.name}, ${called.reader} calls it ${reader.name}, without that alias`;
  return [problem('name-mismatch', why)];
}

function compareSymbols(writer: AvroEnum, reader: AvroEnum, called: Called): readonly Incompatibility[] {
  const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (missing.length === 0 || reader.default !== undefined) return [];
  const why = `${called.writer} may write ${missing.join(', ')}, which ${called.reader} does not know, and its enum has no default`;
  return [problem('missing-enum-symbols', why)];
}

function compareSizes(writer: AvroFixed, reader: AvroFixed, called: Called): readonly Incompatibility[] {
  if (writer.size === reader.size) return [];
  const why = `${called.writer} writes ${writer.size} bytes, ${called.reader} reads ${reader.size}`;
  return [problem('fixed-size-mismatch', why)];
}

function isNamedAlike(writer: AvroNamed, reader: AvroNamed): boolean {
  return shortName(writer.name) === shortName(reader.name) || reader.aliases.includes(writer.name);
}

function isMeant(writer: AvroSchema, branch: AvroSchema): boolean {
  if (writer.kind !== branch.kind) return false;
  return !('name' in writer && 'name' in branch) || isNamedAlike(writer, branch);
}

function nameOf(type: AvroSchema): string {
  return 'name' in type ? `the ${type.kind} ${shortName(type.name)}` : type.kind;
}

function within(step: string, found: readonly Incompatibility[]): readonly Incompatibility[] {
  return found.map((each) => ({ ...each, path: step + each.path }));
}

function problem(rule: IncompatibilityRule, message: string): Incompatibility {
  return { path: '', rule, message };
}
