import 'reflect-metadata';
import type { ModulesContainer } from '@nestjs/core';
import { SettingsError } from '../../core/errors.js';
import { EVENT_BUS_OPTIONS } from '../tokens.js';

/**
 * Throws `SettingsError` if the application has two buses, and names the modules that import them. It would be chance
 * which bus publishes an event.
 */
export function checkImportedOnce(modules: ModulesContainer): void {
  const all = [...modules.values()];
  // Searches for the token, because it also finds a second copy of the package.
  const buses = all.filter(({ providers }) => providers.has(EVENT_BUS_OPTIONS));
  if (buses.length < 2) return;
  const classes = new Set<unknown>(buses.map(({ metatype }) => metatype));
  const importers = all.filter(({ metatype }) => importsOf(metatype).some((imported) => classes.has(imported)));
  const where = importers.length === 0 ? '' : ` (${importers.map(({ name }) => name).join(', ')})`;
  throw new SettingsError(
    `EventBusModule.forRoot() is imported ${buses.length} times${where}: each call makes its own bus. ` +
      'Call it once, in the root module; EventBus can then be injected everywhere. With isGlobal false, import the result of this one call in every module that needs it.',
  );
}

/**
 * Returns the classes of the dynamic modules that a module imports by its decorator. Nest's own list of imports also
 * has all global modules.
 */
function importsOf(metatype: object): readonly unknown[] {
  const imports = (Reflect.getMetadata('imports', metatype) as readonly unknown[] | undefined) ?? [];
  return imports.map((each) => (typeof each === 'object' && each !== null && 'module' in each ? each.module : each));
}
