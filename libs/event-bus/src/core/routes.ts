import type { RecordCodec } from './codec.js';
import type { EventDefinition } from './event.js';
import { asError } from './backoff.js';
import { nameProblem } from './topic.js';

/** Where an event type goes; topics without prefix. */
export interface Route {
  readonly topic: string;
  readonly keyField: string | undefined;
  /** A disabled route is a feature flag: publishing succeeds and sends nothing there. */
  readonly enabled: boolean;
}

/** Event type → its routes. */
export type Routes = ReadonlyMap<string, readonly Route[]>;

/** What `EVENT_BUS_PRODUCER_CONFIG` holds, as Open edX defines it. */
export type ProducerConfig = Readonly<
  Record<string, Readonly<Record<string, { readonly event_key_field: string; readonly enabled: boolean }>>>
>;

/**
 * The routes of a configuration, and every problem in it: shape, unknown event types, key paths that do not lead to a required primitive.
 *
 * Problems are complete sentences without a full stop that begin with the place in the configuration.
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
        `${type}: unknown event type; list it in forRoot({ events }) or forFeature(), or the module that exports it in EVENT_BUS_EVENTS`,
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
