import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { asPromise } from '../../core/as-promise.js';
import type { Published, PublishOptions } from '../../core/publish/event-publisher.js';
import { definitionOf, type EventSource } from '../../event-classes/event-class.js';
import { EVENT_BUS_RUNTIME } from '../tokens.js';
import type { EventBusRuntime } from '../runtime/runtime.js';

/** Publishes events. Inject it wherever you publish. */
@Injectable()
export class EventBus implements OnApplicationShutdown {
  constructor(@Inject(EVENT_BUS_RUNTIME) private readonly runtime: EventBusRuntime) {}

  /**
   * Publishes an event, given by its definition or the class of its data. Resolves when the broker has stored the event
   * for every enabled route. Events of one key keep the order of the calls.
   *
   * Rejects with `InvalidEventError` if the data does not fit the definition or the event has no route (nothing was
   * sent), or with `PublishError`, which holds everything needed to send the event again.
   */
  publish<Data>(event: EventSource<Data>, data: NoInfer<Data>, options: PublishOptions = {}): Promise<Published> {
    return asPromise(() => this.runtime.publisher.publish(definitionOf(event), data, options));
  }

  /** Runs last, so that handlers may publish while they end. */
  async onApplicationShutdown(): Promise<void> {
    await this.runtime.close();
  }
}
