import type { OnApplicationShutdown } from '@nestjs/common';
import type { HealthServer } from '../../health/health-server.js';
import type { EventBusRuntime } from '../runtime/runtime.js';
import { serveHealth } from '../runtime/serve-health.js';

/**
 * The server for probes of one application. It starts with the application's providers, so that it can answer while the
 * rest starts, and ends after the bus.
 */
export class Probes implements OnApplicationShutdown {
  readonly #runtime: EventBusRuntime;
  readonly #server: HealthServer | undefined;

  private constructor(runtime: EventBusRuntime, server: HealthServer | undefined) {
    this.#runtime = runtime;
    this.#server = server;
  }

  /** Rejects with `SettingsError` if the server cannot listen. */
  static async of(runtime: EventBusRuntime): Promise<Probes> {
    return new Probes(runtime, await serveHealth(runtime));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#runtime.close();
    this.#server?.close();
  }
}
