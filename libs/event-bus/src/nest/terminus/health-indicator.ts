import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { areOk, type Checks } from '../../health/check.js';
import type { Health } from '../../health/health.js';
import type { EventBusRuntime } from '../runtime/runtime.js';
import { EVENT_BUS_RUNTIME } from '../tokens.js';

/**
 * The health of the bus for `@nestjs/terminus`, for services that publish, and for hybrid applications. List it in the
 * `providers` of the module with the health controller, which imports `TerminusModule`.
 *
 * Both checks resolve within 3 s, also if a broker is away, and never reject.
 */
@Injectable()
export class EventBusHealthIndicator {
  readonly #health: Health;

  constructor(
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(EVENT_BUS_RUNTIME) runtime: EventBusRuntime,
  ) {
    this.#health = runtime.watchHealth();
  }

  /** The same checks as `/ready`: the service runs, brokers and registry answer, and consumers have their share. */
  async isReady<const Key extends string>(key: Key): Promise<HealthIndicatorResult<Key>> {
    return this.#result(key, await this.#health.ready());
  }

  /** The same checks as `/live`: no handler is stuck, and no consumer has ended by itself. */
  isLive<const Key extends string>(key: Key): Promise<HealthIndicatorResult<Key>> {
    return Promise.resolve(this.#result(key, this.#health.live()));
  }

  #result<const Key extends string>(key: Key, checks: Checks): HealthIndicatorResult<Key> {
    const indicator = this.indicators.check(key);
    return areOk(checks) ? indicator.up({ checks }) : indicator.down({ checks });
  }
}
