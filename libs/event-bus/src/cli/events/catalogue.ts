import type { FinalAction } from '../../core/delivery.js';
import type { EventDefinition } from '../../core/event.js';

/** Every event that is known, where it goes and who handles it. */
export interface Catalogue {
  /** `EVENTS_SERVICE_NAME`. */
  readonly service: string | undefined;
  /** By type. */
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
  /** `Class.method`. */
  readonly name: string;
  /** The file in whose modules it is. */
  readonly app: string;
  /** The full topics that it gets the event from; empty when nothing says so. */
  readonly topics: readonly string[];
  readonly attempts: number;
  readonly delayMs: number;
  readonly maxDelayMs: number;
  readonly onFailure: FinalAction;
}
