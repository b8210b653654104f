import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule, ModulesContainer } from '@nestjs/core';
import { EventBus } from './event-bus.js';
import { EventBusMetrics } from './event-bus-metrics.js';
import { HandlerPlacement } from '../handlers/handler-placement.js';
import { logNotices } from './log-notices.js';
import { consumerSettings } from '../settings/event-bus-settings.js';
import type { EventBusOptions } from '../runtime/options.js';
import { LifecycleModule } from './lifecycle.module.js';
import { Probes } from './probes.js';
import { checkImportedOnce } from './imported-once.js';
import { loadActiveTrace } from '../runtime/load-active-trace.js';
import { type EventBusRuntime, makeRuntime } from '../runtime/runtime.js';
import { EVENT_BUS_FEATURE, EVENT_BUS_OPTIONS, EVENT_BUS_RUNTIME } from '../tokens.js';
import { foundEvents } from './found-events.js';
import type { EventSource } from '../../event-classes/event-class.js';

const base = new ConfigurableModuleBuilder<EventBusOptions>({
  moduleName: 'EventBus',
  optionsInjectionToken: EVENT_BUS_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

/** Only names events. */
@Module({})
class EventBusFeatureModule {}

/**
 * The event bus of an application. Import it once with `forRoot()`; then `EventBus` can be injected everywhere.
 *
 * - Settings come from the environment. Options override them.
 * - The application does not start if settings are wrong; the error lists all of them. It does not start with two calls
 *   of `forRoot()` either.
 * - After everything else has started, the module checks that the brokers answer.
 */
@Module({
  imports: [DiscoveryModule, LifecycleModule],
  providers: [
    EventBus,
    EventBusMetrics,
    HandlerPlacement,
    {
      provide: EVENT_BUS_RUNTIME,
      inject: [EVENT_BUS_OPTIONS, ModulesContainer],
      useFactory: async (options: EventBusOptions, modules: ModulesContainer): Promise<EventBusRuntime> => {
        checkImportedOnce(modules);
        const events = [...(options.events ?? []), ...foundEvents(modules)];
        const activeTrace = await loadActiveTrace();
        return makeRuntime({ ...options, events }, (settings) => {
          const audited = {
            publishing: consumerSettings(settings.producer, settings).auditLoggingEnabled,
            consuming: consumerSettings(settings.consumer, settings).auditLoggingEnabled,
          };
          return logNotices(audited, activeTrace);
        });
      },
    },
    { provide: Probes, inject: [EVENT_BUS_RUNTIME], useFactory: (runtime: EventBusRuntime) => Probes.of(runtime) },
  ],
  exports: [EventBus, EventBusMetrics, EVENT_BUS_RUNTIME],
})
export class EventBusModule extends base.ConfigurableModuleClass {
  static override forRoot(options: EventBusOptions & { readonly isGlobal?: boolean } = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** Names events of a feature module: definitions or classes. Import the bus itself once, with `forRoot()`. */
  static forFeature(events: readonly EventSource[]): DynamicModule {
    return { module: EventBusFeatureModule, providers: [{ provide: EVENT_BUS_FEATURE, useValue: events }] };
  }

  static override forRootAsync(options: typeof base.ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }
}
