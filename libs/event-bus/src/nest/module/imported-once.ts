import 'reflect-metadata';
import type { ModulesContainer } from '@nestjs/core';
import { SettingsError } from '../../core/errors.js';
import { EVENT_BUS_OPTIONS } from '../tokens.js';

/** Throws `SettingsError`, naming the modules that import them, when the application has two buses: which of them publishes an event would be chance. */
export function checkImportedOnce(modules: ModulesContainer): void {
  const all = [...modules.values()];
  // By the token, so that a second copy of the package is found as well.
  const buses = all.filter(({ providers }) => providers.has(EVENT_BUS_OPTIONS));
  if (buses.length < 2) return;
  const classes = new Set<unknown>(buses.map(({ metatype }) => metatype));
  const importers = all.filter(({ metatype }) => importsOf(metatype).some((imported) => classes.has(imported)));
  const where = importers.length === 0 ? '' : ` (${importers.map(({ name }) => name).join(', ')})`;
  throw new SettingsError(
    `EventBusModule.forRoot() is imported ${buses.length} times${where}: each call makes a bus of its own. ` +
      'Call it once, in the root module; EventBus can then be injected everywhere. With isGlobal false, give the result of the one call to every module that needs it.',
  );
}

/** The classes of the dynamic modules that a module imports by its decorator; what Nest keeps as its imports holds all global ones, too. */
function importsOf(metatype: object): readonly unknown[] {
  const imports = (Reflect.getMetadata('imports', metatype) as readonly unknown[] | undefined) ?? [];
  return imports.map((each) => (typeof each === 'object' && each !== null && 'module' in each ? each.module : each));
}
