import type { Catalogue, CatalogueEvent, CatalogueHandler, CatalogueRoute } from './catalogue.js';
import { CLOUD_EVENTS_HEADERS } from './headers.js';
import { parseJson } from '../json.js';

/** The title and the version of the document. */
export interface DocumentInfo {
  readonly title: string;
  readonly version: string;
}

/**
 * Returns the AsyncAPI 3.0 document of sent events (enabled routes) and handled events. Other events are left out.
 *
 * A handler whose topics are unknown receives from a channel with the address `null`, as AsyncAPI provides.
 */
export function asyncApiDocument({ service, events }: Catalogue, { title, version }: DocumentInfo): unknown {
  const operations = events.flatMap((event) => [...sends(event, service ?? title), ...receives(event)]);
  const used = events.filter((event) => operations.some((operation) => operation.event === event));
  const topics = [...new Set(operations.map(({ topic }) => topic))];
  return {
    asyncapi: '3.0.0',
    info: { title, version, description: `The events that ${service ?? title} sends and handles.` },
    defaultContentType: CONTENT_TYPE,
    channels: Object.fromEntries(
      topics.map((topic) => [
        channelId(topic),
        {
          address: topic ?? null,
          ...(topic === undefined ? { description: UNKNOWN_TOPIC } : {}),
          messages: Object.fromEntries(
            operations
              .filter((operation) => operation.topic === topic)
              .map(({ event: { definition } }) => [
                id(definition.type),
                { $ref: `#/components/messages/${id(definition.type)}` },
              ]),
          ),
        },
      ]),
    ),
    operations: Object.fromEntries(operations.map((operation) => [operation.id, operationObject(operation)])),
    components: {
      ...(used.length === 0 ? {} : { schemas: { cloudEventsHeaders: CLOUD_EVENTS_HEADERS } }),
      messages: Object.fromEntries(used.map((event) => [id(event.definition.type), message(event)])),
    },
  };
}

const CONTENT_TYPE = 'application/avro';
const AVRO = 'application/vnd.apache.avro;version=1.9.0';
const UNKNOWN_TOPIC = 'The topic is set when the consumer starts. To show it here, use event-bus events --consumes.';

interface Operation {
  readonly id: string;
  readonly event: CatalogueEvent;
  /** The full topic, or `undefined` if unknown. */
  readonly topic: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

function sends(event: CatalogueEvent, service: string): readonly Operation[] {
  const { type } = event.definition;
  return event.routes
    .filter(({ enabled }) => enabled)
    .map(({ topic, keyField }: CatalogueRoute) => ({
      id: id(`send.${type}.to.${topic}`),
      event,
      topic,
      body: {
        action: 'send',
        summary: `${service} publishes ${type} to ${topic}.`,
        'x-service': service,
        ...(keyField === undefined ? {} : { 'x-key-field': keyField }),
      },
    }));
}

function receives(event: CatalogueEvent): readonly Operation[] {
  const { type } = event.definition;
  const { handlers } = event;
  const topics = new Set<string | undefined>(handlers.flatMap(({ topics }) => topics));
  if (handlers.some(({ topics }) => topics.length === 0)) topics.add(undefined);
  return [...topics].map((topic) => {
    const here = handlers.filter(({ topics }) => (topic === undefined ? topics.length === 0 : topics.includes(topic)));
    const names = here.map(({ name }) => name).join(', ');
    return {
      id: id(`receive.${type}.from.${topic ?? channelId(topic)}`),
      event,
      topic,
      body: {
        action: 'receive',
        summary: `${names} ${here.length === 1 ? 'handles' : 'handle'} ${type}${topic === undefined ? '' : ` from ${topic}`}.`,
        'x-handlers': here.map(handlerObject),
      },
    };
  });
}

/** Without the topics, which belong to the operation. */
function handlerObject({ name, app, attempts, delayMs, maxDelayMs, onFailure }: CatalogueHandler): unknown {
  return { name, app, attempts, delayMs, maxDelayMs, onFailure };
}

function operationObject({ event, topic, body }: Operation): unknown {
  const channel = `#/channels/${channelId(topic)}`;
  return {
    ...body,
    channel: { $ref: channel },
    messages: [{ $ref: `${channel}/messages/${id(event.definition.type)}` }],
  };
}

function message({ definition: { type, minorversion, schema } }: CatalogueEvent): unknown {
  const { namespace, ...rest } = parseJson(schema) as { readonly namespace: string };
  const isLegal = LEGAL_NAMESPACE.test(namespace);
  return {
    name: type,
    contentType: CONTENT_TYPE,
    ...(isLegal ? {} : { description: illegalNamespace(namespace), 'x-avro-namespace': namespace }),
    'x-minorversion': minorversion,
    headers: {
      type: 'object',
      allOf: [{ $ref: '#/components/schemas/cloudEventsHeaders' }, { properties: { ce_type: { const: type } } }],
    },
    payload: { schemaFormat: AVRO, schema: isLegal ? parseJson(schema) : rest },
  };
}

/**
 * A valid Avro name, as AsyncAPI's schema requires. One event of Open edX has a hyphen, and its Python producer sends
 * it anyway.
 */
const LEGAL_NAMESPACE = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;

function illegalNamespace(namespace: string): string {
  return `The schema is registered with the namespace "${namespace}", which Avro does not allow; this document omits it.`;
}

function channelId(topic: string | undefined): string {
  return topic === undefined ? 'unknown-topic' : id(topic);
}

/** Returns a key that `$ref` can point to. */
function id(text: string): string {
  return text.replace(/[^\w.-]/g, (char) => `_x${char.charCodeAt(0).toString(16)}_`);
}
