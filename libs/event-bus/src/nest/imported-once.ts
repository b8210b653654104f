import type { ModulesContainer } from '@nestjs/core';
import { SettingsError } from '../core/errors.js';
import { EVENT_BUS_OPTIONS } from './tokens.js';

/** Throws `SettingsError`, naming the modules that import them, when the application has two buses: which of them publishes an event would be chance. */
export function checkImportedOnce(modules: ModulesContainer): void {
  const all = [...modules.values()];
  // By the token, so that a second copy of the package is found as well.
  const buses = all.filter(({ providers }) => providers.has(EVENT_BUS_OPTIONS));
  if (buses.length < 2) return;
  const importers = all.filter(({ imports }) => buses.some((bus) => imports.has(bus))).map(({ name }) => name);
  throw new SettingsError(
    `EventBusModule.forRoot() is called ${buses.length} times, for ${[...new Set(importers)].join(' and ')}: each call makes a bus of its own. ` +
      'Call it once, in the root module; EventBus can then be injected everywhere. With isGlobal false, give the result of the one call to every module that needs it.',
  );
}
