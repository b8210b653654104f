import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { SettingsError } from '../../core/errors.js';
import type { OnEventExtras } from './on-event.js';
import { onEventsIn, onEventsOf } from './on-event-methods.js';

/**
 * Refuses an application with `@OnEvent` on a provider. Nest never looks for handlers there, so the handler would
 * silently never run.
 */
@Injectable()
export class HandlerPlacement implements OnModuleInit {
  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    const misplaced = this.discovery
      .getProviders()
      .flatMap((wrapper) => [...onEventsOf(wrapper.metatype), ...builtBy(wrapper)])
      .map(({ handler }) => handler);
    if (misplaced.length === 0) return;
    throw new SettingsError(
      `@OnEvent works on the methods of a controller only. Move to a class with @Controller(): ${[...new Set(misplaced)].join(', ')}.`,
    );
  }
}

/**
 * The handlers of a provider made by a factory or given as a value. Only the instance tells its class. A plain object
 * has none.
 */
function builtBy({ instance }: { readonly instance: unknown }): readonly OnEventExtras[] {
  if (typeof instance !== 'object' || instance === null) return [];
  const prototype = Object.getPrototypeOf(instance) as object | null;
  return prototype === null || prototype === Object.prototype ? [] : onEventsIn(prototype);
}
