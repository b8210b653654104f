import type { Observer } from '../../core/notices/notice.js';
import type { ProducerConfig, TopicRoutes } from '../../core/topics/routes.js';
import { definitionOf, type EventSource } from '../../event-classes/event-class.js';
import { exporterOf, type MetricsOption } from '../../metrics/options.js';
import { defaultSettings } from '../settings/event-bus-settings.js';
import type { SettingsOptions } from '../settings/read-settings.js';
import type { EventBusOptions, EventRoutes } from './options.js';

const DEFAULTS = defaultSettings();

/** The options of an application, as its settings, its events and its observer. */
export interface SplitOptions {
  readonly given: SettingsOptions;
  /** Those of `events` and of `producerConfig`. */
  readonly events: readonly EventSource[];
  readonly observe: Observer | undefined;
  readonly metrics: MetricsOption | undefined;
}

/** Whoever loads the events finds those that are none; they have no routes here. */
export function splitOptions({
  events = [],
  backend,
  producerConfig,
  observe,
  metrics,
  ...given
}: EventBusOptions): SplitOptions {
  const pairs = isPairs(producerConfig) ? producerConfig : [];
  const config = isPairs(producerConfig) ? byType(pairs) : producerConfig;
  return {
    observe,
    metrics,
    // A given backend needs no name, not even in production.
    given: {
      ...(backend === undefined ? {} : { producer: DEFAULTS.producer, consumer: DEFAULTS.consumer }),
      ...given,
      ...(metrics === undefined ? {} : { metrics: exporterOf(metrics) }),
      ...(config === undefined ? {} : { producerConfig: config }),
    },
    events: [...events, ...pairs.map(([event]) => event).filter((event) => typeof event !== 'string')],
  };
}

function isPairs(config: EventBusOptions['producerConfig']): config is EventRoutes {
  return Array.isArray(config) && config.every((pair) => Array.isArray(pair));
}

function byType(pairs: EventRoutes): ProducerConfig {
  const config: Record<string, TopicRoutes> = {};
  for (const [event, routes] of pairs) {
    const type = typeof event === 'string' ? event : typeOf(event);
    if (type === undefined) continue;
    const known = config[type];
    config[type] = known === undefined ? routes : { ...known, ...routes };
  }
  return config;
}

function typeOf(event: EventSource): string | undefined {
  try {
    return definitionOf(event).type;
  } catch {
    return undefined;
  }
}
