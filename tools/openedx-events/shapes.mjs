/**
 * The shape of data. The fields and their order come from the Avro schema, the types of the values from the Python
 * declarations.
 *
 * @typedef {{ record: string, fields: { name: string, isOptional: boolean, of: Shape }[] }} RecordShape
 * @typedef {RecordShape | { list: Shape } | { map: Shape } | { type: string }} Shape  `type` is a name in TypeScript.
 */

// Declared Python type → Avro type and TypeScript type.
const TYPES = new Map([
  ['str', ['string', 'string']],
  ['bool', ['boolean', 'boolean']],
  ['int', ['long', 'Int64']],
  ['float', ['double', 'number']],
  ['bytes', ['bytes', 'Buffer']],
  ['datetime', ['string', 'DateTimeString']],
  ['UUID', ['string', 'UuidString']],
  ['CourseKey', ['string', 'CourseKeyString']],
  ['CCXLocator', ['string', 'CcxKeyString']],
  ['UsageKey', ['string', 'UsageKeyString']],
  ['LibraryLocatorV2', ['string', 'LibraryKeyString']],
  ['LibraryUsageLocatorV2', ['string', 'LibraryUsageKeyString']],
  ['LibraryCollectionLocator', ['string', 'LibraryCollectionKeyString']],
  ['LibraryContainerLocator', ['string', 'LibraryContainerKeyString']],
]);

/**
 * The shape of an event's data.
 *
 * @param {import('./catalog.mjs').Catalog['events'][number]} event
 * @param {import('./catalog.mjs').Catalog['classes']} classes
 * @returns {RecordShape}
 */
export function shapeOf(event, classes) {
  const schema = JSON.parse(event.schema);
  return recordShape(schema, event.data, { classes, records: new Map() });
}

/**
 * The fields that can be an event's key, outer ones first: required, not boolean, inside required records only.
 *
 * @param {RecordShape} shape
 * @returns {{ path: string, type: string }[]}
 */
export function usableFields(shape) {
  const found = [];
  let level = [{ path: '', of: shape }];
  while (level.length > 0) {
    const fields = level.flatMap(({ path, of }) =>
      of.fields
        .filter(({ isOptional }) => !isOptional)
        .map((field) => ({ path: path === '' ? field.name : `${path}.${field.name}`, of: field.of })),
    );
    found.push(...fields.filter(({ of }) => 'type' in of && of.type !== 'boolean'));
    level = fields.filter(({ of }) => 'record' in of);
  }
  return found.map(({ path, of }) => ({ path, type: of.type }));
}

function recordShape(schema, declared, context) {
  const shape = { record: schema.name, fields: [] };
  context.records.set(schema.name, shape);
  for (const field of schema.fields) {
    const [type, isOptional] = withoutNull(field);
    try {
      shape.fields.push({ name: field.name, isOptional, of: shapeOfType(type, declared[field.name], context) });
    } catch (cause) {
      throw new Error(`${schema.name}.${field.name}: ${cause.message}`, { cause });
    }
  }
  return shape;
}

function withoutNull({ type, default: value }) {
  if (!Array.isArray(type)) return [type, false];
  if (type.length !== 2 || type[0] !== 'null' || value !== null)
    throw new Error(`a union of this form is unknown: ${JSON.stringify(type)}`);
  return [type[1], true];
}

function shapeOfType(schema, declared, context) {
  const known = context.records.get(schema);
  if (known !== undefined) return known;
  if (schema.type === 'record') return recordShape(schema, context.classes[declared], context);
  if (schema.type === 'array')
    return { list: shapeOfType(schema.items, /^list\[(.*)\]$/.exec(declared)?.[1], context) };
  if (schema.type === 'map')
    return { map: shapeOfType(schema.values, /^dict\[str, (.*)\]$/.exec(declared)?.[1], context) };
  const [avro, type] = TYPES.get(declared) ?? [];
  if (avro !== schema) throw new Error(`the type ${declared} is unknown as ${JSON.stringify(schema)}`);
  return { type };
}
