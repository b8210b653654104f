import type { RecordCodec } from '../event/codec.js';
import type { EventDefinition } from '../event/event.js';
import { asError } from '../backoff.js';
import { howToKnow } from '../event/how-to-know.js';
import { nameProblem } from './topic.js';

/** A topic, without prefix, that an event type is published to. */
export interface Route {
  readonly topic: string;
  readonly keyField: string | undefined;
  /** False turns the route off: publishing succeeds, but sends nothing to this topic. */
  readonly enabled: boolean;
}

/** The routes by event type. */
export type Routes = ReadonlyMap<string, readonly Route[]>;

/** The route of an event type to one topic, with Open edX's names. */
export interface RouteConfig {
  /** The dotted path of the key. The default is that of the event's definition. */
  readonly event_key_field?: string;
  /** Default `true`. False turns the route off: publishing succeeds, but sends nothing to this topic. */
  readonly enabled?: boolean;
}

/** The routes of one event type, by topic without prefix. */
export type TopicRoutes = Readonly<Record<string, RouteConfig>>;

/** The format of `EVENT_BUS_PRODUCER_CONFIG`, as Open edX defines it: the routes by event type. */
export type ProducerConfig = Readonly<Record<string, TopicRoutes>>;

/**
 * The routes of a configuration and all its problems: shape, unknown event types, key paths that do not lead to a
 * required primitive.
 *
 * A problem is a sentence without a full stop. It begins with the place in the configuration.
 */
export function readRoutes(
  config: unknown,
  definitions: ReadonlyMap<string, EventDefinition>,
  codec: Pick<RecordCodec, 'checkKeyField'>,
): { readonly routes: Routes; readonly problems: readonly string[] } {
  const routes = new Map<string, Route[]>();
  const problems: string[] = [];
  if (!isObject(config))
    return { routes, problems: ['expected an object {event type: {topic: {"event_key_field", "enabled"}}}'] };
  for (const [type, topics] of Object.entries(config)) {
    const definition = definitions.get(type);
    if (definition === undefined) problems.push(`${type}: unknown event type; ${howToKnow('producerConfig')}`);
    if (!isObject(topics)) {
      problems.push(`${type}: expected an object {topic: {"event_key_field", "enabled"}}, got ${kindOf(topics)}`);
      continue;
    }
    for (const [topic, entry] of Object.entries(topics)) {
      const wrongName = nameProblem('topic', topic);
      if (wrongName !== undefined) problems.push(`${type}: ${wrongName}`);
      const read = readRoute(topic, entry, (problem) => problems.push(`${type}: ${topic}: ${problem}`));
      if (read === undefined || definition === undefined) continue;
      const route = { ...read, keyField: read.keyField ?? definition.keyField };
      try {
        if (route.keyField !== undefined) codec.checkKeyField(definition, route.keyField);
        routes.set(type, [...(routes.get(type) ?? []), route]);
      } catch (thrown) {
        // The message begins with the event type.
        problems.push(`${topic}: event_key_field: ${asError(thrown).message}`);
      }
    }
  }
  return { routes, problems };
}

function readRoute(topic: string, entry: unknown, problem: (text: string) => void): Route | undefined {
  if (!isObject(entry)) {
    problem(`expected an object {"event_key_field", "enabled"}, got ${kindOf(entry)}`);
    return undefined;
  }
  const { event_key_field: keyField, enabled = true } = entry;
  const isPath = keyField === undefined || typeof keyField === 'string';
  if (!isPath) problem(`event_key_field: expected a dotted path, got ${kindOf(keyField)}`);
  if (typeof enabled !== 'boolean') problem(`enabled: expected true or false, got ${kindOf(enabled)}`);
  return isPath && typeof enabled === 'boolean' ? { topic, keyField, enabled } : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}
