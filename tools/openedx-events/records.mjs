/**
 * The TypeScript interfaces that a set of events needs.
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {boolean} isOptional
 * @property {string} type  Its type in TypeScript.
 *
 * @typedef {object} Interface
 * @property {string} name
 * @property {string} record  The record's name in Avro.
 * @property {Field[]} fields
 *
 * @typedef {object} Interfaces
 * @property {Map<string, Interface[]>} records  Domain → its records, inner ones first.
 * @property {Map<string, Interface>} data       Event type → the event's data.
 */

/**
 * The interfaces for these events.
 *
 * Records with the same name and shape share an interface within a domain. If a name has several shapes, the domain
 * becomes its prefix. If it has several shapes within a domain, the first event that uses the record becomes its
 * suffix.
 *
 * @param {import('./catalog.mjs').CatalogEvent[]} events
 * @returns {Interfaces}
 */
export function interfacesOf(events) {
  const byKey = new Map();
  for (const event of events) {
    for (const shape of innerRecords(event.shape)) {
      const key = keyOf(event.domain, shape);
      if (!byKey.has(key)) byKey.set(key, { shape, event });
    }
  }
  const distinct = [...byKey.values()];
  const names = new Map([...byKey].map(([key, record]) => [key, nameOf(record, distinct)]));
  const made = (name, shape, { domain }) => ({
    name,
    record: shape.record,
    fields: shape.fields.map(({ name: field, isOptional, of }) => ({
      name: field,
      isOptional,
      type: typeOf(of, (record) => names.get(keyOf(domain, record))),
    })),
  });

  const records = new Map();
  for (const [key, { shape, event }] of byKey) {
    records.set(event.domain, [...(records.get(event.domain) ?? []), made(names.get(key), shape, event)]);
  }
  const data = new Map(events.map((event) => [event.type, made(pascal(event.signal), event.shape, event)]));
  refuseDuplicates([...records.values(), ...data.values()].flat().map(({ name }) => name));
  return { records, data };
}

/** `STUDENT_REGISTRATION_COMPLETED`, `content_authoring` → `StudentRegistrationCompleted`, `ContentAuthoring`. */
export function pascal(name) {
  return name.replace(/([a-zA-Z0-9]+)_?/g, (_, word) => word[0].toUpperCase() + word.slice(1).toLowerCase());
}

/** The records within a shape, nested ones first. */
function innerRecords(shape) {
  if ('list' in shape) return recordsIn(shape.list);
  if ('map' in shape) return recordsIn(shape.map);
  return 'record' in shape ? shape.fields.flatMap(({ of }) => recordsIn(of)) : [];
}

function recordsIn(shape) {
  return [...innerRecords(shape), ...('record' in shape ? [shape] : [])];
}

function typeOf(shape, nameOfRecord) {
  if ('record' in shape) return nameOfRecord(shape);
  if ('list' in shape) return `readonly ${wrapped(typeOf(shape.list, nameOfRecord))}[]`;
  return 'map' in shape ? `Readonly<Record<string, ${typeOf(shape.map, nameOfRecord)}>>` : shape.type;
}

function wrapped(type) {
  return type.startsWith('readonly ') ? `(${type})` : type;
}

function nameOf({ event, shape }, distinct) {
  const sameName = distinct.filter((other) => other.shape.record === shape.record);
  if (sameName.length === 1) return shape.record;
  const sameDomain = sameName.filter((other) => other.event.domain === event.domain);
  return pascal(event.domain) + shape.record + (sameDomain.length === 1 ? '' : `Of${pascal(event.signal)}`);
}

/** The identity of a record: equal if one interface suits both records. */
function keyOf(domain, shape) {
  return `${domain} ${JSON.stringify(shape)}`;
}

function refuseDuplicates(names) {
  const twice = names.filter((name, n) => names.indexOf(name) !== n);
  if (twice.length > 0) throw new Error(`these interfaces would stand twice: ${twice.join(', ')}`);
}
