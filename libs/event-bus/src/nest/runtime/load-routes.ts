import { bareCodec } from '../../avro/index.js';
import type { EventDefinition } from '../../core/event/event.js';
import { readRoutes, type Routes } from '../../core/topics/routes.js';
import type { EventSource } from '../../event-classes/event-class.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import { loadDefinitions } from './definitions.js';

/** What a bus can publish, and where to. */
export interface LoadedRoutes {
  readonly definitions: ReadonlyMap<string, EventDefinition>;
  readonly routes: Routes;
  /** Why the bus cannot start; empty if it can. One sentence each. */
  readonly problems: readonly string[];
}

/** Loads the definitions that the settings and `events` name, and reads the routes of the settings. */
export async function loadRoutes(
  { eventModules, producerConfig }: Pick<EventBusSettings, 'eventModules' | 'producerConfig'>,
  events?: readonly EventSource[],
): Promise<LoadedRoutes> {
  const { definitions, problems } = await loadDefinitions(eventModules, events);
  // The target of a key path does not depend on the backend.
  const codec = bareCodec({ definitions: [...definitions.values()] });
  const { routes, problems: wrong } = readRoutes(producerConfig, definitions, codec);
  return {
    definitions,
    routes,
    problems: [...problems, ...wrong.map((problem) => `EVENT_BUS_PRODUCER_CONFIG: ${problem}`)],
  };
}
