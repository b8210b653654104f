import type { Backend } from '../../core/backend.js';
import type { EventSource } from '../../event-classes/event-class.js';
import type { Observer } from '../../core/notices/notice.js';
import type { MetricsOption } from '../../metrics/options.js';
import type { ProducerConfig, TopicRoutes } from '../../core/topics/routes.js';
import type { SettingsOptions } from '../settings/read-settings.js';

/** Routes by event: each pair has an event, or the name of its type, and its routes by topic. */
export type EventRoutes = readonly (readonly [event: EventSource | string, topics: TopicRoutes])[];

/** The options of {@link EventBusModule.forRoot}. All are optional: by default the environment gives the settings. */
export interface EventBusOptions extends Omit<SettingsOptions, 'producerConfig' | 'metrics'> {
  /**
   * Further events besides those of `EVENT_BUS_EVENTS`: definitions or classes. Events given to `@OnEvent`,
   * `forFeature` and `publish` need not be listed.
   */
  readonly events?: readonly EventSource[];
  /**
   * The routes by event type, as in `EVENT_BUS_PRODUCER_CONFIG`, or a list of pairs. A pair may give the event's class
   * or definition, which need not be listed elsewhere: `[[OrderPlaced, { orders: {} }]]`.
   */
  readonly producerConfig?: ProducerConfig | EventRoutes;
  /** Your own backend for publishing and consuming, in place of the named ones. It is closed with the application. */
  readonly backend?: Backend;
  /**
   * Gets every notice of the bus, in addition to the log: what was published, received and processed, each failure, each
   * dead letter, each wait. It must return at once. If it throws, the bus goes on and logs the first error.
   */
  readonly observe?: Observer;
  /** Where the metrics of the bus go; by default as `EVENT_BUS_METRICS` says. See {@link MetricsOption}. */
  readonly metrics?: MetricsOption;
}
