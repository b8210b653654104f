import type { Backend } from '../../core/backend.js';
import type { EventSource } from '../../events/event-class.js';
import type { SettingsOptions } from '../settings/read-settings.js';

/** What {@link EventBusModule.forRoot} takes. Everything may be left out: settings then come from the environment. */
export interface EventBusOptions extends SettingsOptions {
  /** Events besides those of `EVENT_BUS_EVENTS`, by definition or class; those given to `@OnEvent`, `forFeature` and `publish` are known without. */
  readonly events?: readonly EventSource[];
  /** A backend of one's own, for publishing and consuming, in place of the named ones; closed with the application. */
  readonly backend?: Backend;
}
