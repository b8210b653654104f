import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import { asError } from '../../core/backoff.js';
import { SettingsError } from '../../core/errors.js';
import type { EventSource } from '../../events/event-class.js';
import type { OnEventExtras } from '../../nest/handlers/on-event.js';
import { onEventsOf } from '../../nest/handlers/on-event-methods.js';
import type { EventBusOptions } from '../../nest/runtime/options.js';
import { EVENT_BUS_FEATURE, EVENT_BUS_OPTIONS } from '../../nest/tokens.js';

/** The events and options of an application's modules, read without starting anything. */
export interface App {
  /** The file as given. */
  readonly file: string;
  readonly handlers: readonly OnEventExtras[];
  /** Further events, from `forFeature()` and the handlers. */
  readonly events: readonly EventSource[];
  /** The options of `EventBusModule.forRoot()`. */
  readonly options: EventBusOptions;
  /** Whether the options come from `forRootAsync()`. Then only the running application knows them. */
  readonly hasUnknownOptions: boolean;
}

/**
 * Imports a built module file and reads the metadata of its Nest modules and of all modules that these import.
 *
 * Throws `SettingsError` if the file cannot be loaded, exports no Nest module, or is a main file, whose import would
 * start the application.
 */
export async function readApp(file: string): Promise<App> {
  const exported = Object.values(await load(file));
  if (!exported.some(isModule)) {
    throw new SettingsError(
      `--app ${file}: exports no Nest module; give the built file of a class with @Module(), such as dist/consumer.module.js`,
    );
  }
  const { controllers, providers } = await membersOf(exported.filter(isModule));
  const given = providers.filter(isObject);
  const options = given.find(({ provide }) => provide === EVENT_BUS_OPTIONS);
  const features = given.filter(({ provide }) => provide === EVENT_BUS_FEATURE);
  const handlers = [...controllers].flatMap(onEventsOf);
  return {
    file,
    handlers,
    events: [
      ...features.flatMap(({ useValue }) => useValue as readonly EventSource[]),
      ...handlers.flatMap(({ definitions }) => definitions),
    ],
    options: options?.['useValue'] ?? {},
    hasUnknownOptions: options !== undefined && !('useValue' in options),
  };
}

async function load(file: string): Promise<Record<string, unknown>> {
  if (/^main\.[cm]?[jt]s$/.test(basename(file)))
    throw new SettingsError(
      `--app ${file}: importing it would start the application; give the file of its module, such as dist/consumer\.module\.js`,
    );
  const path = resolve(file);
  if (!existsSync(path)) throw new SettingsError(`--app ${file}: there is no such file; is the application built?`);
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new SettingsError(`--app ${file}: cannot be loaded: ${asError(cause).message}`, { cause });
  }
}

/** Returns the controllers and providers of all reachable modules, as Nest finds them. */
async function membersOf(
  roots: readonly unknown[],
): Promise<{ readonly controllers: ReadonlySet<unknown>; readonly providers: readonly unknown[] }> {
  const controllers = new Set<unknown>();
  const providers: unknown[] = [];
  // Iteration of a set includes items that are added meanwhile, and each only once.
  const modules = new Set<unknown>(roots);
  for (const given of modules) {
    // Nest accepts promises of dynamic modules too.
    const module = unwrap(await given);
    for (const controller of listOf(module, MODULE_METADATA.CONTROLLERS)) controllers.add(controller);
    providers.push(...listOf(module, MODULE_METADATA.PROVIDERS));
    for (const imported of listOf(module, MODULE_METADATA.IMPORTS)) modules.add(unwrap(imported));
    if (isObject(module)) modules.add(module['module']);
  }
  return { controllers, providers };
}

/** `forwardRef(() => Module)` is an object with a function of that name. */
function unwrap(value: unknown): unknown {
  return isObject(value) && typeof value['forwardRef'] === 'function'
    ? (value['forwardRef'] as () => unknown)()
    : value;
}

/** Returns a list of a module. A dynamic module has it as a property, a class as metadata. */
function listOf(module: unknown, name: string): readonly unknown[] {
  const list: unknown = typeof module === 'function' ? Reflect.getMetadata(name, module) : undefined;
  const found = isObject(module) ? module[name] : list;
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

function isModule(value: unknown): boolean {
  if (isObject(value)) return typeof value['module'] === 'function';
  return typeof value === 'function' && Object.values(MODULE_METADATA).some((name) => Reflect.hasMetadata(name, value));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
