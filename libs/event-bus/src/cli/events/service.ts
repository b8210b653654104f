import { compileSchema } from '../../avro/index.js';
import { asError } from '../../core/backoff.js';
import type { EventDefinition } from '../../core/event/event.js';
import { fullTopic } from '../../core/topics/topic.js';
import { loadRoutes } from '../../nest/runtime/load-routes.js';
import { howToKnow } from '../../core/event/how-to-know.js';
import { type Environment, readSettings } from '../../nest/settings/read-settings.js';
import { splitOptions } from '../../nest/runtime/split-options.js';
import type { App } from './app.js';
import type { CatalogueHandler, CatalogueRoute } from './catalogue.js';

/** The events and handlers of one application, or of the environment alone. */
export interface Service {
  /** The value of `EVENTS_SERVICE_NAME`. */
  readonly name: string | undefined;
  readonly definitions: ReadonlyMap<string, EventDefinition>;
  /** All problems that would keep the application from starting. */
  readonly problems: readonly string[];
  readonly fullTopic: (topic: string) => string;
  routesOf(type: string): readonly CatalogueRoute[];
  /** The handlers without their topics. */
  handlersOf(type: string): readonly Omit<CatalogueHandler, 'topics'>[];
}

/**
 * Reads the service like a starting application, up to the point where backends are opened. Rejects with
 * `SettingsError`, like `readSettings`.
 */
export async function readService(app: App | undefined, env: Environment): Promise<Service> {
  const { events, given } = splitOptions(app?.options ?? {});
  const settings = readSettings(given, env);
  const { definitions, routes, problems } = await loadRoutes(settings, [...events, ...(app?.events ?? [])]);
  const full = (topic: string) => fullTopic(settings.topicPrefix, topic);
  return {
    name: settings.serviceName,
    definitions,
    problems: [...problems, ...schemaProblems(definitions), ...handlerProblems(app, definitions)],
    fullTopic: full,
    routesOf: (type) => (routes.get(type) ?? []).map((route) => ({ ...route, topic: full(route.topic) })),
    handlersOf: (type) =>
      (app?.handlers ?? [])
        .filter(({ types }) => types.includes(type))
        .map(({ handler, options }) => ({
          name: handler,
          app: app?.file ?? '',
          attempts: options.attempts ?? settings.retryAttempts,
          delayMs: options.delayMs ?? settings.retryDelay * 1000,
          maxDelayMs: options.maxDelayMs ?? settings.retryMaxDelay * 1000,
          onFailure: options.onFailure ?? settings.onFailure,
        })),
  };
}

function schemaProblems(definitions: ReadonlyMap<string, EventDefinition>): readonly string[] {
  return [...definitions.values()].flatMap(({ type, schema }) => {
    try {
      compileSchema(schema);
      return [];
    } catch (thrown) {
      return [`${type}: ${asError(thrown).message}`];
    }
  });
}

function handlerProblems(app: App | undefined, definitions: ReadonlyMap<string, EventDefinition>): readonly string[] {
  return (app?.handlers ?? []).flatMap(({ handler, types }) =>
    types
      .filter((type) => !definitions.has(type))
      .map((type) => `${handler}: @OnEvent('${type}') is not a known event type; ${howToKnow('@OnEvent')}`),
  );
}
