import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import { asError } from '../../core/backoff.js';
import { SettingsError } from '../../core/errors.js';
import type { EventSource } from '../../event-classes/event-class.js';
import type { OnEventExtras } from '../../nest/handlers/on-event.js';
import { asyncOptions } from './async-options.js';
import { isObject, listOf } from './module-lists.js';
import { onEventsOf } from '../../nest/handlers/on-event-methods.js';
import type { EventBusOptions } from '../../nest/runtime/options.js';
import { EVENT_BUS_FEATURE, EVENT_BUS_OPTIONS } from '../../nest/tokens.js';

/** The events and options of an application's modules, read without starting the application. */
export interface App {
  /** The file as given. */
  readonly file: string;
  readonly handlers: readonly OnEventExtras[];
  /** Further events, from `forFeature()` and the handlers. */
  readonly events: readonly EventSource[];
  /** The options of `EventBusModule.forRoot()` or `forRootAsync()`. */
  readonly options: EventBusOptions;
  /** Why the options are not known. */
  readonly unknownBecause?: string;
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
  const { modules, controllers, providers } = await membersOf(exported.filter(isModule));
  const given = providers.filter(isObject);
  const features = given.filter(({ provide }) => provide === EVENT_BUS_FEATURE);
  const handlers = [...controllers].flatMap(onEventsOf);
  return {
    file,
    handlers,
    events: [
      ...features.flatMap(({ useValue }) => useValue as readonly EventSource[]),
      ...handlers.flatMap(({ definitions }) => definitions),
    ],
    ...(await optionsIn(modules)),
  };
}

async function optionsIn(modules: ReadonlySet<unknown>): Promise<Pick<App, 'options' | 'unknownBecause'>> {
  for (const module of modules) {
    const provider = listOf(module, MODULE_METADATA.PROVIDERS)
      .filter(isObject)
      .find(({ provide }) => provide === EVENT_BUS_OPTIONS);
    if (provider === undefined) continue;
    if ('useValue' in provider) return { options: provider['useValue'] as EventBusOptions };
    return { options: {}, ...(await asyncOptions(module, modules)) };
  }
  return { options: {} };
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
async function membersOf(roots: readonly unknown[]): Promise<{
  /** Classes and dynamic modules. */
  readonly modules: ReadonlySet<unknown>;
  readonly controllers: ReadonlySet<unknown>;
  readonly providers: readonly unknown[];
}> {
  const controllers = new Set<unknown>();
  const providers: unknown[] = [];
  // Iteration of a set includes items that are added meanwhile, and each only once.
  const found = new Set<unknown>(roots);
  const modules = new Set<unknown>();
  for (const given of found) {
    // Nest accepts promises of dynamic modules too.
    const module = unwrap(await given);
    modules.add(module);
    for (const controller of listOf(module, MODULE_METADATA.CONTROLLERS)) controllers.add(controller);
    providers.push(...listOf(module, MODULE_METADATA.PROVIDERS));
    for (const imported of listOf(module, MODULE_METADATA.IMPORTS)) found.add(unwrap(imported));
    if (isObject(module)) found.add(module['module']);
  }
  return { modules, controllers, providers };
}

/** `forwardRef(() => Module)` is an object with a function of that name. */
function unwrap(value: unknown): unknown {
  return isObject(value) && typeof value['forwardRef'] === 'function'
    ? (value['forwardRef'] as () => unknown)()
    : value;
}

function isModule(value: unknown): boolean {
  if (isObject(value)) return typeof value['module'] === 'function';
  return typeof value === 'function' && Object.values(MODULE_METADATA).some((name) => Reflect.hasMetadata(name, value));
}
