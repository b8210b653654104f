import type { Catalogue, CatalogueEvent, CatalogueHandler, CatalogueRoute } from './catalogue.js';
import { type EventField, fieldsOfSchema, majorOf } from './fields.js';
import { toJsonLine } from '../json.js';

const WIDTH = 100;

interface TextOptions {
  readonly withFields: boolean;
  /** Whether applications were given. Without them, the handlers are unknown and not shown. */
  readonly withHandlers: boolean;
}

/** Returns the catalogue as an outline for a terminal of 100 columns. Longer words, such as topics, are not broken. */
export function catalogueText({ events }: Catalogue, { withFields, withHandlers }: TextOptions): string {
  const longest = Math.max(0, ...events.map(({ definition }) => definition.type.length));
  const lines = events.flatMap((event) => [
    `${event.definition.type.padEnd(longest)}  ${versionText(event)}`,
    ...event.routes.flatMap((route) => item('sent to', routeText(route))),
    ...event.handlers.flatMap((handler) => item('handled by', handlerText(handler))),
    ...(withFields ? details(event) : []),
  ]);
  return `${[...lines, summary(events, withHandlers)].join('\n')}\n`;
}

/** Returns the major version of the type and the minor one, such as `1.0`. */
export function versionText({ definition: { type, minorversion } }: CatalogueEvent): string {
  const major = majorOf(type);
  return major === null ? `minor ${minorversion}` : `${major}.${minorversion}`;
}

function routeText({ topic, keyField, enabled }: CatalogueRoute): string {
  return `${topic}${keyField === undefined ? '' : `, key ${keyField}`}${enabled ? '' : ' (not enabled)'}`;
}

function handlerText({ name, topics, attempts, onFailure }: CatalogueHandler): string {
  const from = topics.length === 0 ? '' : ` from ${topics.join(', ')}`;
  return `${name}${from}; ${attempts} attempt${attempts === 1 ? '' : 's'}, then ${onFailure}`;
}

/** Returns the fields, one per line, because their paths would not fit into one line. */
function details({ definition }: CatalogueEvent): readonly string[] {
  const fields = fieldsOfSchema(definition.schema).map((field) => {
    const parts = field.path.split('.');
    return { name: `${'  '.repeat(parts.length - 1)}${parts.at(-1) ?? ''}`, text: fieldText(field) };
  });
  const longest = Math.max(0, ...fields.map(({ name }) => name.length));
  return [
    ...(definition.keyField === undefined ? [] : item('key', `${definition.keyField}, unless the route names another`)),
    ...fields.flatMap(({ name, text }) => wrap(`    ${name.padEnd(longest)}  `, text)),
  ];
}

function fieldText(field: EventField): string {
  const { type, nullable, required } = field;
  if (required) return nullable ? `${type} or null` : type;
  if (nullable && field.default === null) return `${type}, optional`;
  return `${type}${nullable ? ' or null' : ''}, default ${toJsonLine(field.default)}`;
}

function item(label: string, text: string): readonly string[] {
  return wrap(`    ${label.padEnd(10)}  `, text);
}

/** Returns the text after its label. Further lines are indented like the text. */
function wrap(label: string, text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && label.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((text, n) => `${n === 0 ? label : ' '.repeat(label.length)}${text}`);
}

function summary(events: readonly CatalogueEvent[], withHandlers: boolean): string {
  const routed = events.filter(({ routes }) => routes.length > 0).length;
  const handled = events.filter(({ handlers }) => handlers.length > 0).length;
  const count = `${events.length} event${events.length === 1 ? '' : 's'}, ${routed} routed`;
  return withHandlers ? `${count}, ${handled} handled` : `${count}; use --app FILE to show their handlers`;
}
