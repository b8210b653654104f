import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { EventDefinition } from '../core/event.js';
import type { Published, PublishOptions } from '../core/event-publisher.js';
import { EVENT_BUS_RUNTIME } from './tokens.js';
import type { EventBusRuntime } from './runtime.js';

/** Publishes events. Inject it where events happen. */
@Injectable()
export class EventBus implements OnApplicationShutdown {
  constructor(@Inject(EVENT_BUS_RUNTIME) private readonly runtime: EventBusRuntime) {}

  /**
   * Resolves when the broker has taken the event on every enabled route; events of one key keep the order of the calls.
   *
   * Rejects with `InvalidEventError` when the data does not fit the definition or the event has no route (nothing was sent), or with
   * `PublishError`, which holds all that is needed to send the event again.
   */
  publish<Data>(definition: EventDefinition<Data>, data: Data, options: PublishOptions = {}): Promise<Published> {
    return this.runtime.publisher.publish(definition, data, options);
  }

  /** Last of all, so that handlers may publish while they end. */
  async onApplicationShutdown(): Promise<void> {
    await this.runtime.close();
  }
}
