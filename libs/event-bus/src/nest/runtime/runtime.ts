import type { Backend } from '../../core/backend.js';
import type { RecordCodec } from '../../core/event/codec.js';
import type { EventDefinition } from '../../core/event/event.js';
import { EventPublisher } from '../../core/publish/event-publisher.js';
import type { Observer } from '../../core/notices/notice.js';
import { Observers } from '../../core/notices/observers.js';
import { type BusMetrics, openMetrics } from '../../metrics/metrics.js';
import type { Routes } from '../../core/topics/routes.js';
import type { BackendName } from '../../settings/backend-name.js';
import { loadRoutes } from './load-routes.js';
import { checkReachable, reachables } from './check-reachable.js';
import type { Health } from '../../health/health.js';
import { makeHealth } from './make-health.js';
import type { EventBusOptions } from './options.js';
import { splitOptions } from './split-options.js';
import { type Environment, inspectSettings } from '../settings/read-settings.js';
import { wrongSettings } from '../../settings/wrong-settings.js';
import { BACKENDS, type EventBusSettings, kindOf } from '../settings/event-bus-settings.js';
import { StopBudget } from './stop-budget.js';
import { loadTracing, tracedAs } from './load-tracing.js';
import type { Tracing } from '../../tracing/interface.js';

/** The bus of one process, built from its settings. The Nest module and the command line share it. */
export interface EventBusRuntime {
  readonly settings: EventBusSettings;
  readonly definitions: ReadonlyMap<string, EventDefinition>;
  readonly routes: Routes;
  /** The codec of the backend that events are consumed from. */
  readonly codec: RecordCodec;
  readonly publisher: EventPublisher;
  readonly consumerBackend: Backend;
  readonly observe: Observer;
  /** All who get the notices of this bus. */
  readonly observers: Observers;
  /** `undefined` if tracing is off. */
  readonly tracing: Tracing | undefined;
  /** The metrics of this bus; `undefined` if they are off. */
  readonly metrics: BusMetrics | undefined;
  /** The time limit for a stop of this process. */
  readonly stop: StopBudget;
  /**
   * Whether this bus works. It is `undefined` unless somebody has called {@link watchHealth}, because it costs a little
   * for every event.
   */
  readonly health: Health | undefined;
  /** Makes the {@link health}. Call it before the consumers start. */
  watchHealth(): Health;
  /** The consumers for {@link stopConsumers}. */
  readonly consumers: Set<{ close(): Promise<void> }>;
  /**
   * Checks once that brokers and registries answer; see {@link checkReachable}. If it rejects, the runtime is closed.
   */
  checkReachable(): Promise<void>;
  /** Resolves when all handlers have ended, or when the time limit for a stop is over. */
  stopConsumers(): Promise<void>;
  /** Waits for pending publishes within the time limit for a stop, then closes the connections. May be called twice. */
  close(): Promise<void>;
}

/**
 * Like {@link makeRuntime}, without metrics, for commands. Also rejects with `AccessRefusedError` or `UnavailableError` if a broker refuses access or
 * does not answer.
 */
export async function createRuntime(
  options: EventBusOptions,
  observer: (settings: EventBusSettings) => Observer,
): Promise<EventBusRuntime> {
  // A command counts nothing, whatever the environment of the service says.
  const runtime = await makeRuntime({ ...options, metrics: false }, observer);
  await runtime.checkReachable();
  return runtime;
}

/**
 * Reads the settings, loads the definitions and makes the backends, which connect at their first use.
 *
 * Rejects with one `SettingsError` for all problems before any backend is made, or with the error of a backend.
 */
export async function makeRuntime(
  options: EventBusOptions,
  observer: (settings: EventBusSettings) => Observer,
  env: Environment = process.env,
): Promise<EventBusRuntime> {
  const { backend } = options;
  const { events, given, observe: own, metrics: metricsTo } = splitOptions(options);
  const { settings, problems: wrongAlone } = inspectSettings(given, env);
  const { definitions, routes, problems } = await loadRoutes(settings, events);
  const all = [...definitions.values()];
  const wrong = [...wrongAlone, ...problems];
  if (wrong.length > 0) throw wrongSettings(wrong);

  const observers = new Observers(observer(settings), ...(own === undefined ? [] : [own]));
  const { observe } = observers;
  const tracing = await loadTracing(settings.tracing);
  if (tracing !== undefined) observers.add(tracing.observe);
  const metrics = await openMetrics({
    to: metricsTo ?? settings.metrics,
    isKnown: (type) => definitions.has(type),
    lagIntervalMs: settings.metricsLagInterval * 1000,
    observe,
  });
  const opened = new Map<string, Backend>();
  const inCode = new Set(Object.keys(given));
  const open = async (name: BackendName) => {
    const known = backend ?? opened.get(name) ?? (await BACKENDS[name].open(settings, observe, inCode));
    opened.set(name, known);
    return known;
  };
  const producerBackend = await open(settings.producer);
  const consumerBackend = await open(settings.consumer);
  const codecOf = (each: Backend) => BACKENDS[kindOf(each)].codec(all, each, settings);
  const codec = await codecOf(consumerBackend);
  const producerCodec = producerBackend === consumerBackend ? codec : await codecOf(producerBackend);
  const publisher = new EventPublisher({
    publisher: producerBackend,
    codec: producerCodec,
    routes,
    observe,
    topicPrefix: settings.topicPrefix,
    service: settings.serviceName,
    timeoutMs: settings.publishTimeout * 1000,
    tracer: tracing?.sends(tracedAs(producerBackend)),
  });
  if (metrics !== undefined) {
    metrics.start(consumerBackend);
    observers.add(metrics.observe);
  }
  const stop = new StopBudget(settings.stopTimeout * 1000);
  const consumers = new Set<{ close(): Promise<void> }>();
  const withinStop = async (work: Promise<unknown>, what: string) => {
    if (await stop.allows(work)) return;
    const fields = [['stop_timeout_s', settings.stopTimeout]] as const;
    observe({
      kind: 'backend-report',
      level: 'error',
      what: `The stop timeout (EVENT_BUS_CONSUMER_STOP_TIMEOUT) ended before ${what}`,
      fields,
    });
  };
  const closeAll = async () => {
    metrics?.stopReadingLag();
    await publisher.settled();
    await Promise.all([...new Set(opened.values())].map((each) => each.close()));
    metrics?.close();
  };
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= withinStop(closeAll(), 'the broker confirmed every published event'));
  const backends = [producerBackend, consumerBackend];
  const codecs = [producerCodec, codec];
  let checking: Promise<void> | undefined;
  let isStarted = false;
  const check = async () => {
    try {
      await checkReachable(backends, codecs, observe);
      isStarted = true;
    } catch (error) {
      await close();
      throw error;
    }
  };
  let health: Health | undefined;
  return {
    settings,
    definitions,
    routes,
    codec,
    publisher,
    consumerBackend,
    observe,
    observers,
    tracing,
    metrics,
    stop,
    get health() {
      return health;
    },
    watchHealth: () =>
      (health ??= makeHealth({
        settings,
        observers,
        metrics,
        consumerBackend,
        reachables: reachables(backends, codecs),
        isStarted: () => isStarted,
        isStopping: () => stop.isBegun,
      })),
    consumers,
    checkReachable: () => (checking ??= check()),
    stopConsumers: () => withinStop(Promise.all([...consumers].map((each) => each.close())), 'the consumers stopped'),
    close,
  };
}
