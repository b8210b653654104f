import type { RecordCodec } from './codec.js';
import type { EventDefinition } from './event.js';
import { asError } from './backoff.js';
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

/** The format of `EVENT_BUS_PRODUCER_CONFIG`, as Open edX defines it. */
export type ProducerConfig = Readonly<
  Record<string, Readonly<Record<string, { readonly event_key_field: string; readonly enabled: boolean }>>>
>;

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
    if (definition === undefined)
      problems.push(
        `${type}: unknown event type; list it in forRoot({ events }) or forFeature(), or name the module that exports it in EVENT_BUS_EVENTS`,
      );
    if (!isObject(topics)) {
      problems.push(`${type}: expected an object {topic: {"event_key_field", "enabled"}}, got ${kindOf(topics)}`);
      continue;
    }
    for (const [topic, entry] of Object.entries(topics)) {
      const wrongName = nameProblem('topic', topic);
      if (wrongName !== undefined) problems.push(`${type}: ${wrongName}`);
      const route = readRoute(topic, entry, (problem) => problems.push(`${type}: ${topic}: ${problem}`));
      if (route === undefined || definition === undefined) continue;
      try {
        codec.checkKeyField(definition, route.keyField);
        routes.set(type, [...(routes.get(type) ?? []), route]);
      } catch (thrown) {
        // The message begins with the event type.
        problems.push(`${topic}: event_key_field: ${asError(thrown).message}`);
      }
    }
  }
  return { routes, problems };
}

function readRoute(
  topic: string,
  entry: unknown,
  problem: (text: string) => void,
): (Route & { readonly keyField: string }) | undefined {
  if (!isObject(entry)) {
    problem(`expected an object {"event_key_field", "enabled"}, got ${kindOf(entry)}`);
    return undefined;
  }
  const { event_key_field: keyField, enabled } = entry;
  if (typeof keyField !== 'string') problem(`event_key_field: expected a dotted path, got ${kindOf(keyField)}`);
  if (typeof enabled !== 'boolean') problem(`enabled: expected true or false, got ${kindOf(enabled)}`);
  if (typeof keyField !== 'string' || typeof enabled !== 'boolean') return undefined;
  return { topic, keyField, enabled };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}
