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

/** Less than the distance of every module of the application. The smallest is 0, the root module's. */
const FARTHEST = -1;

/**
 * Opens the bus after the rest of the application has started. Stops its consumers before anything of the application
 * is destroyed.
 *
 * Nest calls start-up hooks by falling distance of the modules from the root, and shut-down hooks in the opposite
 * order; see docs/decisions/0020.
 */
@Injectable()
export class Lifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #moduleRef: ModuleRef;
  #initialized: Promise<unknown> | undefined;

  constructor(moduleRef: ModuleRef, modules: ModulesContainer) {
    this.#moduleRef = moduleRef;
    // Nest sorts its modules at the first hook, after it has made all providers.
    for (const module of modules.values()) if (module.metatype === LifecycleModule) module.distance = FARTHEST;
  }

  /**
   * No connection is open before this hook, so a start that fails before leaves nothing that would keep the process
   * alive.
   */
  async onApplicationBootstrap(): Promise<void> {
    await this.#runtime.checkReachable();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#runtime.stopConsumers();
  }

  /** Calls the start-up hooks of a hybrid application once for all of its consumers, before the first event. */
  initialized(app: Pick<INestApplicationContext, 'init'>): Promise<unknown> {
    return (this.#initialized ??= app.init());
  }

  get #runtime(): EventBusRuntime {
    return this.#moduleRef.get<EventBusRuntime>(EVENT_BUS_RUNTIME, { strict: false });
  }
}

@Module({ providers: [Lifecycle] })
export class LifecycleModule {}
