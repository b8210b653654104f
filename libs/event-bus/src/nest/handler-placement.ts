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
    const misplaced = this.discovery.getProviders().flatMap(({ metatype }) => this.#handlersOf(metatype));
    if (misplaced.length === 0) return;
    throw new SettingsError(
      `@OnEvent works on the methods of a controller only. Move to a class with @Controller(): ${[...new Set(misplaced)].join(', ')}.`,
    );
  }

  #handlersOf(metatype: unknown): readonly string[] {
    if (typeof metatype !== 'function' || typeof metatype.prototype !== 'object' || metatype.prototype === null)
      return [];
    const prototype = metatype.prototype as Record<string, unknown>;
    return this.scanner
      .getAllMethodNames(prototype)
      .filter((name) => onEventOf(prototype[name]) !== undefined)
      .map((name) => `${metatype.name}.${name}`);
  }
}
