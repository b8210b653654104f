import type { Backend } from '../core/backend.js';
import type { EventDefinition } from '../core/event.js';
import type { SettingsOptions } from './read-settings.js';

/** What {@link EventBusModule.forRoot} takes. Everything may be left out: settings then come from the environment. */
export interface EventBusOptions extends SettingsOptions {
  /** Event definitions besides those of `EVENT_BUS_EVENTS`. */
  readonly events?: readonly EventDefinition[];
  /** A backend of one's own, for publishing and consuming, in place of the named ones; closed with the application. */
  readonly backend?: Backend;
}
