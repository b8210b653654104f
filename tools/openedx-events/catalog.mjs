import { shapeOf, usableFields } from './shapes.mjs';

/**
 * The events of the released Python package: the output of introspect.py, stored in catalog.json.
 *
 * @typedef {object} Catalog
 * @property {string} release
 * @property {{ type: string, name: string, minorversion: number, keyField: string | null, data: Record<string, string>,
 * schema: string }[]} events
 * @property {Record<string, Record<string, string>>} classes
 * @property {string[]} unusable
 */

/**
 * An event, as far as the generated code depends on it.
 *
 * @typedef {object} CatalogEvent
 * @property {string} type       E.g. `org.openedx.learning.student.registration.completed.v1`.
 * @property {string} domain     The part after `org.openedx`, e.g. `content_authoring`; one file each.
 * @property {string} signal     The signal's name in Python, e.g. `STUDENT_REGISTRATION_COMPLETED`.
 * @property {number} minorversion
 * @property {string | undefined} keyField  The path that keeps the events in order, if any does.
 * @property {string} schema     The Avro schema, exactly as the Python producer registers it.
 * @property {import('./shapes.mjs').RecordShape} shape  What the data consists of.
 */

/**
 * The events of a catalog, sorted by type.
 *
 * @param {Catalog} catalog
 * @returns {CatalogEvent[]}
 */
export function eventsOf({ events, classes }) {
  return events
    .map((event) => {
      const { type, name: signal, minorversion, schema } = event;
      const shape = shapeOf(event, classes);
      return {
        type,
        domain: type.split('.')[2],
        signal,
        minorversion,
        keyField: keyFieldOf(event, shape),
        schema,
        shape,
      };
    })
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}

/**
 * The annotated field if it can be a key. Otherwise the outermost field that identifies what the event is about, first
 * by its type, then by its name.
 */
function keyFieldOf({ keyField }, shape) {
  const fields = usableFields(shape);
  const find = (fits) => fields.find(fits)?.path;
  return (
    find(({ path }) => path === keyField) ??
    find(({ type }) => type.endsWith('KeyString') || type === 'UuidString') ??
    find(({ path }) => /(?:[._]|^)(?:id|uuid|key|identifier)$/.test(path))
  );
}
