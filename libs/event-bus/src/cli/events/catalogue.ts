import type { FinalAction } from '../../core/consume/delivery.js';
import type { EventDefinition } from '../../core/event/event.js';

/** All known events, their topics and their handlers. */
export interface Catalogue {
  /** The value of `EVENTS_SERVICE_NAME`. */
  readonly service: string | undefined;
  /** Sorted by type. */
  readonly events: readonly CatalogueEvent[];
}

export interface CatalogueEvent {
  readonly definition: EventDefinition;
  readonly routes: readonly CatalogueRoute[];
  readonly handlers: readonly CatalogueHandler[];
}

/** A route with the full topic. */
export interface CatalogueRoute {
  readonly topic: string;
  readonly keyField: string | undefined;
  readonly enabled: boolean;
}

/** A handler with its policy, settings included. */
export interface CatalogueHandler {
  /** The name as `Class.method`. */
  readonly name: string;
  /** The file whose modules have the handler. */
  readonly app: string;
  /** The full topics from which it gets the event; empty if unknown. */
  readonly topics: readonly string[];
  readonly attempts: number;
  readonly delayMs: number;
  readonly maxDelayMs: number;
  readonly onFailure: FinalAction;
}
