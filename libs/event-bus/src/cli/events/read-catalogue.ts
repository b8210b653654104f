import type { EventDefinition } from '../../core/event/event.js';
import type { Environment } from '../../nest/settings/read-settings.js';
import { wrongSettings } from '../../settings/wrong-settings.js';
import type { App } from './app.js';
import type { Catalogue, CatalogueRoute } from './catalogue.js';
import { readService, type Service } from './service.js';

/**
 * Returns the catalogue of some applications, each with its own options and the environment. Without applications, uses
 * the environment only. Opens no backend.
 *
 * An event is handled from the topics of its routes. `consumes` limits these topics. For an event without a matching
 * route, `consumes` are its topics.
 *
 * Rejects with one `SettingsError` with all problems.
 */
export async function readCatalogue(
  apps: readonly App[],
  consumes: readonly string[] = [],
  env: Environment = process.env,
): Promise<Catalogue> {
  const services = await Promise.all((apps.length === 0 ? [undefined] : apps).map((app) => readService(app, env)));
  const problems = services.flatMap((service) => service.problems);
  const definitions = definitionsOf(services, (problem) => problems.push(problem));
  if (problems.length > 0) throw wrongSettings([...new Set(problems)]);
  const events = definitions.map((definition) => {
    const { type } = definition;
    const routes = unique(services.flatMap((service) => service.routesOf(type)));
    const routed = routes.map(({ topic }) => topic);
    const handlers = services.flatMap((service) => {
      const topics = topicsOf(routed, consumes.map(service.fullTopic));
      return service.handlersOf(type).map((handler) => ({ ...handler, topics }));
    });
    return { definition, routes, handlers };
  });
  return { service: services.map(({ name }) => name).find((name) => name !== undefined), events };
}

/** Returns the definitions of all services, by type. */
function definitionsOf(services: readonly Service[], onProblem: (text: string) => void): readonly EventDefinition[] {
  const known = new Map<string, EventDefinition>();
  for (const definition of services.flatMap(({ definitions }) => [...definitions.values()])) {
    const before = known.get(definition.type) ?? definition;
    if (before.schema !== definition.schema)
      onProblem(`${definition.type}: two applications define it with different schemas`);
    known.set(definition.type, before);
  }
  return [...known.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
}

function topicsOf(routed: readonly string[], consumed: readonly string[]): readonly string[] {
  if (consumed.length === 0) return [...new Set(routed)];
  const both = consumed.filter((topic) => routed.includes(topic));
  return [...new Set(both.length === 0 ? consumed : both)];
}

function unique(routes: readonly CatalogueRoute[]): readonly CatalogueRoute[] {
  return [...new Map(routes.map((route) => [JSON.stringify(route), route])).values()];
}
