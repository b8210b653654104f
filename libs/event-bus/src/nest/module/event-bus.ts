import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { asPromise } from '../../core/as-promise.js';
import type { Published, PublishOptions } from '../../core/event-publisher.js';
import { definitionOf, type EventSource } from '../../events/event-class.js';
import { EVENT_BUS_RUNTIME } from '../tokens.js';
import type { EventBusRuntime } from '../runtime/runtime.js';

/** Publishes events. Inject it where events happen. */
@Injectable()
export class EventBus implements OnApplicationShutdown {
  constructor(@Inject(EVENT_BUS_RUNTIME) private readonly runtime: EventBusRuntime) {}

  /**
   * The event is given by its definition, or by the class of its data. Resolves when the broker has taken the event on every enabled route; events of one key keep the order of the calls.
   *
   * Rejects with `InvalidEventError` when the data does not fit the definition or the event has no route (nothing was sent), or with
   * `PublishError`, which holds all that is needed to send the event again.
   */
  publish<Data>(event: EventSource<Data>, data: Data, options: PublishOptions = {}): Promise<Published> {
    return asPromise(() => this.runtime.publisher.publish(definitionOf(event), data, options));
  }

  /** Last of all, so that handlers may publish while they end. */
  async onApplicationShutdown(): Promise<void> {
    await this.runtime.close();
  }
}
