import type { Backend } from '../../core/backend.js';
import type { EventSource } from '../../events/event-class.js';
import type { SettingsOptions } from '../settings/read-settings.js';

/** The options of {@link EventBusModule.forRoot}. All are optional: by default the environment gives the settings. */
export interface EventBusOptions extends SettingsOptions {
  /**
   * Further events besides those of `EVENT_BUS_EVENTS`: definitions or classes. Events given to `@OnEvent`,
   * `forFeature` and `publish` need not be listed.
   */
  readonly events?: readonly EventSource[];
  /** Your own backend for publishing and consuming, in place of the named ones. It is closed with the application. */
  readonly backend?: Backend;
}
