import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { GLOBAL_MODULE_METADATA, MODULE_METADATA } from '@nestjs/common/constants.js';
import { NestFactory } from '@nestjs/core';
import { asError } from '../../core/backoff.js';
import type { EventBusOptions } from '../../nest/runtime/options.js';
import { EVENT_BUS_OPTIONS } from '../../nest/tokens.js';
import { isObject, listOf } from './module-lists.js';

/** The options of `forRootAsync()`, or the reason why they are not known. */
export type AsyncOptions = { readonly options: EventBusOptions } | { readonly unknownBecause: string };

/**
 * Calls what `forRootAsync()` of an application was given. It starts the modules that the call imports and the global
 * modules that export what the call injects, such as a ConfigModule. It starts nothing else.
 */
export async function asyncOptions(bus: unknown, modules: Iterable<unknown>): Promise<AsyncOptions> {
  const providers = listOf(bus, MODULE_METADATA.PROVIDERS);
  const wanted = new Set(providers.flatMap(tokensOf));
  const globals = [...modules].filter((module) => module !== bus && isGlobal(module) && exportsOne(module, wanted));
  @Module({})
  class OptionsModule {}
  try {
    const context = await NestFactory.createApplicationContext(
      {
        module: OptionsModule,
        imports: [...listOf(bus, MODULE_METADATA.IMPORTS), ...globals] as [],
        providers: providers as [],
      },
      { logger: false, abortOnError: false },
    );
    try {
      return { options: context.get<EventBusOptions>(EVENT_BUS_OPTIONS) };
    } finally {
      await context.close();
    }
  } catch (thrown) {
    return { unknownBecause: asError(thrown).message.split('\n', 1)[0] ?? '' };
  }
}

/** Returns what a provider injects: the list of a factory, the types of a constructor's parameters. */
function tokensOf(provider: unknown): readonly unknown[] {
  if (!isObject(provider)) return [];
  const { inject, useClass } = provider;
  const types: unknown =
    typeof useClass === 'function' ? Reflect.getMetadata('design:paramtypes', useClass) : undefined;
  return [inject, types]
    .filter((list) => Array.isArray(list))
    .flat()
    .map((token: unknown) => (isObject(token) && 'token' in token ? token['token'] : token));
}

function isGlobal(module: unknown): boolean {
  const of = isObject(module) ? module['module'] : module;
  if (isObject(module) && module['global'] === true) return true;
  return typeof of === 'function' && Reflect.hasMetadata(GLOBAL_MODULE_METADATA, of);
}

function exportsOne(module: unknown, wanted: ReadonlySet<unknown>): boolean {
  const own = isObject(module) ? listOf(module['module'], MODULE_METADATA.EXPORTS) : [];
  return [...listOf(module, MODULE_METADATA.EXPORTS), ...own].some((exported) =>
    wanted.has(isObject(exported) ? exported['provide'] : exported),
  );
}
