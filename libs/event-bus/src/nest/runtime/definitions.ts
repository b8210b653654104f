import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { asError } from '../../core/backoff.js';
import { isDefinition } from '../../core/event/define-event.js';
import type { EventDefinition } from '../../core/event/event.js';
import { isModuleNotFound } from '../../core/is-error.js';
import { definitionOf, type EventSource, isEventClass } from '../../event-classes/event-class.js';

/** The catalog to use if no module is named; it need not be installed. */
const CATALOG = 'openedx-events';

/**
 * Returns the event definitions of the modules by type, and all problems: a module that is missing, fails or has no
 * definitions, and a type with two different schemas.
 */
export async function loadDefinitions(
  modules: readonly string[] | undefined,
  given: readonly EventSource[] = [],
): Promise<{ readonly definitions: ReadonlyMap<string, EventDefinition>; readonly problems: readonly string[] }> {
  const definitions = new Map<string, EventDefinition>();
  const problems: string[] = [];
  const add = (definition: EventDefinition, from: string) => {
    const known = definitions.get(definition.type);
    if (known !== undefined && known.schema !== definition.schema)
      problems.push(`${from}: ${definition.type} is already defined with another schema`);
    else definitions.set(definition.type, definition);
  };
  for (const source of given) {
    try {
      add(definitionOf(source), 'events');
    } catch (thrown) {
      problems.push(`events: ${asError(thrown).message}`);
    }
  }
  for (const name of modules ?? [CATALOG]) {
    try {
      const found = definitionsIn(await load(name));
      if (found.length === 0)
        problems.push(`EVENT_BUS_EVENTS: ${name} exports no event, a definition or a class with @EventData()`);
      for (const definition of found) add(definition, `EVENT_BUS_EVENTS: ${name}`);
    } catch (thrown) {
      if (modules === undefined && isMissing(thrown)) continue;
      problems.push(`EVENT_BUS_EVENTS: ${name} cannot be loaded: ${asError(thrown).message}`);
    }
  }
  return { definitions, problems };
}

/** Resolved from the application's folder, because its dependencies are not always this package's. */
async function load(name: string): Promise<Record<string, unknown>> {
  if (name.startsWith('.') || isAbsolute(name))
    return (await import(pathToFileURL(resolve(name)).href)) as Record<string, unknown>;
  const resolved = resolveFrom(process.cwd(), name);
  return (await import(resolved ?? name)) as Record<string, unknown>;
}

function resolveFrom(folder: string, name: string): string | undefined {
  try {
    return pathToFileURL(createRequire(join(folder, 'package.json')).resolve(name)).href;
  } catch {
    return undefined;
  }
}

function isMissing(thrown: unknown): boolean {
  return isModuleNotFound(thrown) && thrown.message.includes(`'${CATALOG}'`);
}

function definitionsIn(exported: Record<string, unknown>): readonly EventDefinition[] {
  return Object.values(exported)
    .flat()
    .filter((value) => isDefinition(value) || isEventClass(value))
    .map(definitionOf);
}
