import {
  type INestApplicationContext,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { EventBusRuntime } from '../runtime/runtime.js';
import { EVENT_BUS_RUNTIME } from '../tokens.js';

/** Below the distance of every module of the application, which is at least 0: that of the root module. */
const FARTHEST = -1;

/**
 * Opens the bus when the rest of the application has started, and stops its consumers before anything of the application is destroyed.
 *
 * Nest calls start-up hooks module by module by falling distance from the root, and shut-down hooks the other way round; see
 * docs/decisions/0020.
 */
@Injectable()
export class Lifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #moduleRef: ModuleRef;
  #initialized: Promise<unknown> | undefined;

  constructor(moduleRef: ModuleRef, modules: ModulesContainer) {
    this.#moduleRef = moduleRef;
    // Nest sorts its modules at the first hook, after all providers have been made.
    for (const module of modules.values()) if (module.metatype === LifecycleModule) module.distance = FARTHEST;
  }

  /** Nothing before this has opened a connection, so a start that failed before leaves nothing that would keep the process. */
  async onApplicationBootstrap(): Promise<void> {
    await this.#runtime.checkReachable();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#runtime.stopConsumers();
  }

  /** Calls the start-up hooks of a hybrid application, once for all of its consumers, before the first event. */
  initialized(app: Pick<INestApplicationContext, 'init'>): Promise<unknown> {
    return (this.#initialized ??= app.init());
  }

  get #runtime(): EventBusRuntime {
    return this.#moduleRef.get<EventBusRuntime>(EVENT_BUS_RUNTIME, { strict: false });
  }
}

@Module({ providers: [Lifecycle] })
export class LifecycleModule {}
