import { MetadataScanner } from '@nestjs/core';
import { type OnEventExtras, onEventOf } from './on-event.js';

const scanner = new MetadataScanner();

/**
 * Returns the data that `@OnEvent` stored on the methods of a class, inherited ones included; empty for anything but a
 * class.
 */
export function onEventsOf(metatype: unknown): readonly OnEventExtras[] {
  if (typeof metatype !== 'function') return [];
  const prototype = metatype.prototype as Record<string, unknown> | null | undefined;
  return typeof prototype === 'object' && prototype !== null ? onEventsIn(prototype) : [];
}

/** The handlers declared on the prototype of a class. */
export function onEventsIn(prototype: object): readonly OnEventExtras[] {
  const methods = prototype as Record<string, unknown>;
  return scanner.getAllMethodNames(prototype).flatMap((name) => onEventOf(methods[name]) ?? []);
}
