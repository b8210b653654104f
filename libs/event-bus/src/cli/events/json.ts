import { stringify } from 'lossless-json';
import type { Catalogue } from './catalogue.js';
import { fieldsOfSchema, majorOf } from './fields.js';

/** The shape of {@link catalogueJson}, for `--help`. */
export const JSON_SHAPE = `{"events": [{
    "type", "major": number or null, "minorversion": number, "keyField": path or null,
    "fields": [{"path", "type", "nullable": boolean, "required": boolean, "default"?}],
    "routes": [{"topic", "keyField": path or null, "enabled": boolean}],
    "handlers": [{"name", "app", "topics": [topic], "attempts", "delayMs", "maxDelayMs", "onFailure"}]
  }]}`;

/** Returns the catalogue as plain data with full topics. Later versions only add names. */
export function catalogueJson({ events }: Catalogue): unknown {
  return {
    events: events.map(({ definition: { type, minorversion, keyField, schema }, routes, handlers }) => ({
      type,
      major: majorOf(type),
      minorversion,
      keyField: keyField ?? null,
      fields: fieldsOfSchema(schema),
      routes: routes.map((route) => ({ ...route, keyField: route.keyField ?? null })),
      handlers,
    })),
  };
}

/** Returns an indented JSON document. A `bigint` keeps all its digits. */
export function toJsonDocument(value: unknown): string {
  return `${stringify(value, undefined, 2) ?? 'null'}\n`;
}
