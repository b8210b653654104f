/** The names of Avro's primitive types. */
const PRIMITIVES: ReadonlySet<unknown> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);
const NAMED: ReadonlySet<unknown> = new Set(['record', 'error', 'enum', 'fixed']);
/** Replaces an empty namespace. Inside another type, a name without a namespace would get that of the outer type. */
const NO_NAMESPACE = 'without.namespace';

type Json = Readonly<Record<string, unknown>>;

/**
 * Combines a schema with the named types of other schemas into one text. Each type is defined at its first use. All
 * names get a namespace, if necessary `without.namespace`; names are not part of the encoded bytes.
 *
 * Types without a definition stay names. Throws `SyntaxError` if a text is not JSON.
 */
export function withReferences(schema: string, referenced: readonly string[]): string {
  const definitions = new Map<string, Json>();
  for (const text of referenced) collect(qualified(JSON.parse(text), ''), definitions);
  return JSON.stringify(defining(qualified(JSON.parse(schema), ''), definitions, new Set()));
}

/** The same part with all names written in full. */
function qualified(part: unknown, namespace: string): unknown {
  if (typeof part === 'string') return PRIMITIVES.has(part) ? part : fullName(part, namespace);
  if (Array.isArray(part)) return part.map((branch) => qualified(branch, namespace));
  if (!isObject(part)) return part;
  const { type } = part;
  if (type === 'array') return { ...part, items: qualified(part['items'], namespace) };
  if (type === 'map') return { ...part, values: qualified(part['values'], namespace) };
  if (!NAMED.has(type)) return { ...part, type: qualified(type, namespace) };
  const { namespace: own = namespace, ...rest } = part;
  const name = fullName(String(part['name']), String(own));
  const inner = name.slice(0, name.lastIndexOf('.'));
  const fields = part['fields'];
  if (!Array.isArray(fields)) return { ...rest, name };
  const read = (field: unknown) => (isObject(field) ? { ...field, type: qualified(field['type'], inner) } : field);
  return { ...rest, name, fields: fields.map(read) };
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') ? name : `${namespace === '' ? NO_NAMESPACE : namespace}.${name}`;
}

/** Adds the definitions of all named types in a part, nested ones included. */
function collect(part: unknown, definitions: Map<string, Json>): void {
  if (isObject(part) && NAMED.has(part['type'])) definitions.set(String(part['name']), part);
  for (const inner of innerParts(part)) collect(inner, definitions);
}

function innerParts(part: unknown): readonly unknown[] {
  if (Array.isArray(part)) return part;
  if (!isObject(part)) return [];
  const { type, items, values, fields } = part;
  if (type === 'array') return [items];
  if (type === 'map') return [values];
  if (!NAMED.has(type)) return [type];
  return Array.isArray(fields) ? fields.map((field: unknown) => (isObject(field) ? field['type'] : field)) : [];
}

/** The same part with each type defined at its first use and named after that. */
function defining(part: unknown, definitions: ReadonlyMap<string, Json>, defined: Set<string>): unknown {
  const inside = (inner: unknown) => defining(inner, definitions, defined);
  if (typeof part === 'string') {
    const definition = definitions.get(part);
    return definition === undefined || defined.has(part) ? part : inside(definition);
  }
  if (Array.isArray(part)) return part.map(inside);
  if (!isObject(part)) return part;
  const { type, name, fields } = part;
  if (type === 'array') return { ...part, items: inside(part['items']) };
  if (type === 'map') return { ...part, values: inside(part['values']) };
  if (!NAMED.has(type)) return { ...part, type: inside(type) };
  if (defined.has(String(name))) return name;
  defined.add(String(name));
  if (!Array.isArray(fields)) return part;
  const read = (field: unknown) => (isObject(field) ? { ...field, type: inside(field['type']) } : field);
  return { ...part, fields: fields.map(read) };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
