import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule, ModulesContainer } from '@nestjs/core';
import { EventBus } from './event-bus.js';
import { HandlerPlacement } from '../handlers/handler-placement.js';
import { logNotices } from './log-notices.js';
import { consumerSettings } from '../settings/event-bus-settings.js';
import type { EventBusOptions } from '../runtime/options.js';
import { LifecycleModule } from './lifecycle.module.js';
import { checkImportedOnce } from './imported-once.js';
import { type EventBusRuntime, makeRuntime } from '../runtime/runtime.js';
import { EVENT_BUS_FEATURE, EVENT_BUS_OPTIONS, EVENT_BUS_RUNTIME } from '../tokens.js';
import { foundEvents } from './found-events.js';
import type { EventSource } from '../../events/event-class.js';

const base = new ConfigurableModuleBuilder<EventBusOptions>({
  moduleName: 'EventBus',
  optionsInjectionToken: EVENT_BUS_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

/** Only says which events there are. */
@Module({})
class EventBusFeatureModule {}

/**
 * The event bus in an application. Import it once, by `forRoot()`; `EventBus` can then be injected everywhere.
 *
 * Settings come from the environment, options win. The application does not start on a wrong one: the error lists them all; nor when it is
 * imported by two calls of `forRoot()`. Whether brokers answer is asked when all else has started.
 */
@Module({
  imports: [DiscoveryModule, LifecycleModule],
  providers: [
    EventBus,
    HandlerPlacement,
    {
      provide: EVENT_BUS_RUNTIME,
      inject: [EVENT_BUS_OPTIONS, ModulesContainer],
      useFactory: async (options: EventBusOptions, modules: ModulesContainer): Promise<EventBusRuntime> => {
        checkImportedOnce(modules);
        const events = [...(options.events ?? []), ...foundEvents(modules)];
        return makeRuntime({ ...options, events }, (settings) =>
          logNotices({
            publishing: consumerSettings(settings.producer, settings).auditLoggingEnabled,
            consuming: consumerSettings(settings.consumer, settings).auditLoggingEnabled,
          }),
        );
      },
    },
  ],
  exports: [EventBus, EVENT_BUS_RUNTIME],
})
export class EventBusModule extends base.ConfigurableModuleClass {
  static override forRoot(options: EventBusOptions & { readonly isGlobal?: boolean } = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** Events of a feature module, by definition or class. The bus itself is imported once, by `forRoot()`. */
  static forFeature(events: readonly EventSource[]): DynamicModule {
    return { module: EventBusFeatureModule, providers: [{ provide: EVENT_BUS_FEATURE, useValue: events }] };
  }

  static override forRootAsync(options: typeof base.ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }
}
