import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { SettingsError } from '../core/errors.js';
import { onEventOf } from './on-event.js';

/** Refuses an application with `@OnEvent` where Nest never looks for handlers: on a provider it would be dead, and nobody would know. */
@Injectable()
export class HandlerPlacement implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    const misplaced = this.discovery
      .getProviders()
      .flatMap((wrapper) => [
        ...this.#handlersOf(prototypeOf(wrapper.metatype)),
        ...this.#handlersOf(builtBy(wrapper)),
      ]);
    if (misplaced.length === 0) return;
    throw new SettingsError(
      `@OnEvent works on the methods of a controller only. Move to a class with @Controller(): ${[...new Set(misplaced)].join(', ')}.`,
    );
  }

  #handlersOf(prototype: object | undefined): readonly string[] {
    if (prototype === undefined) return [];
    const methods = prototype as Record<string, unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => onEventOf(methods[name])?.handler ?? []);
  }
}

function prototypeOf(metatype: unknown): object | undefined {
  return typeof metatype === 'function' && typeof metatype.prototype === 'object'
    ? ((metatype.prototype as object | null) ?? undefined)
    : undefined;
}

/** Of what a factory made, or what was given as a value, only the instance tells its class; plain objects have no handlers. */
function builtBy({ instance }: { readonly instance: unknown }): object | undefined {
  if (typeof instance !== 'object' || instance === null) return undefined;
  const prototype = Object.getPrototypeOf(instance) as object | null;
  return prototype === null || prototype === Object.prototype ? undefined : prototype;
}
