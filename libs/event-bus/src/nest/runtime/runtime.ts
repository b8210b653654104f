import { bareCodec } from '../../avro/index.js';
import type { Backend } from '../../core/backend.js';
import type { RecordCodec } from '../../core/codec.js';
import type { EventDefinition } from '../../core/event.js';
import { EventPublisher } from '../../core/event-publisher.js';
import type { Observer } from '../../core/notice.js';
import { readRoutes } from '../../core/routes.js';
import { BACKEND_NAMES, type BackendName } from '../../settings/backend-name.js';
import { loadDefinitions } from './definitions.js';
import { checkReachable } from './check-reachable.js';
import type { EventBusOptions } from './options.js';
import { type Environment, inspectSettings } from '../settings/read-settings.js';
import { wrongSettings } from '../../settings/wrong-settings.js';
import { BACKENDS, defaultSettings, type EventBusSettings } from '../settings/event-bus-settings.js';
import { StopBudget } from './stop-budget.js';

const DEFAULTS = defaultSettings();

/** The bus of one process, put together from its settings: used by the Nest module and by the command line alike. */
export interface EventBusRuntime {
  readonly settings: EventBusSettings;
  readonly definitions: ReadonlyMap<string, EventDefinition>;
  /** Of the backend that events are consumed from. */
  readonly codec: RecordCodec;
  readonly publisher: EventPublisher;
  readonly consumerBackend: Backend;
  readonly observe: Observer;
  /** The time that a stop of this process may take. */
  readonly stop: StopBudget;
  /** The consumers that {@link stopConsumers} is to stop. */
  readonly consumers: Set<{ close(): Promise<void> }>;
  /** Asks brokers and registries once whether they answer; see {@link checkReachable}. When it rejects, the runtime is closed. */
  checkReachable(): Promise<void>;
  /** Resolves when no handler runs any more, or when the time for a stop is over. */
  stopConsumers(): Promise<void>;
  /** Waits for what was published as long as the time for a stop allows, then lets go of the brokers. May be called twice. */
  close(): Promise<void>;
}

/** As {@link makeRuntime}; rejects also with `AccessRefusedError` or `UnavailableError` when a broker does not let us in or does not answer. */
export async function createRuntime(...given: Parameters<typeof makeRuntime>): Promise<EventBusRuntime> {
  const runtime = await makeRuntime(...given);
  await runtime.checkReachable();
  return runtime;
}

/**
 * Reads the settings, loads the definitions and makes the backends, which connect at their first use.
 *
 * Rejects with one `SettingsError` that lists every problem, before any backend is made, or with the backend's own when it cannot be.
 */
export async function makeRuntime(
  options: EventBusOptions,
  observer: (settings: EventBusSettings) => Observer,
  env: Environment = process.env,
): Promise<EventBusRuntime> {
  const { events, backend, ...given } = options;
  // A backend that is given needs no name, not even in production.
  const named = backend === undefined ? given : { producer: DEFAULTS.producer, consumer: DEFAULTS.consumer, ...given };
  const { settings, problems: wrongAlone } = inspectSettings(named, env);
  const { definitions, problems } = await loadDefinitions(settings.eventModules, events);
  const all = [...definitions.values()];
  // Where a key path leads does not depend on the backend.
  const { routes, problems: routeProblems } = readRoutes(
    settings.producerConfig,
    definitions,
    bareCodec({ definitions: all }),
  );
  const wrong = [
    ...wrongAlone,
    ...problems,
    ...routeProblems.map((problem) => `EVENT_BUS_PRODUCER_CONFIG: ${problem}`),
  ];
  if (wrong.length > 0) throw wrongSettings(wrong);

  const observe = observer(settings);
  const opened = new Map<string, Backend>();
  const open = async (name: BackendName) => {
    const known = backend ?? opened.get(name) ?? (await BACKENDS[name].open(settings, observe));
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
  });
  const stop = new StopBudget(settings.stopTimeout * 1000);
  const consumers = new Set<{ close(): Promise<void> }>();
  const withinStop = async (work: Promise<unknown>, what: string) => {
    if (await stop.allows(work)) return;
    const fields = [['stop_timeout_s', settings.stopTimeout]] as const;
    observe({ kind: 'backend-report', level: 'error', what: `The stop timeout was over before ${what}`, fields });
  };
  const closeAll = async () => {
    await publisher.settled();
    await Promise.all([...new Set(opened.values())].map((each) => each.close()));
  };
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= withinStop(closeAll(), 'all that was published was confirmed'));
  let checking: Promise<void> | undefined;
  const check = () =>
    checkReachable([producerBackend, consumerBackend], [producerCodec, codec], observe).catch(
      async (error: unknown) => {
        await close();
        throw error;
      },
    );
  return {
    settings,
    definitions,
    codec,
    publisher,
    consumerBackend,
    observe,
    stop,
    consumers,
    checkReachable: () => (checking ??= check()),
    stopConsumers: () =>
      withinStop(Promise.all([...consumers].map((each) => each.close())), 'the consumers had stopped'),
    close,
  };
}

/** A backend of the application's own carries records as the embedded one does. */
function kindOf({ name }: Backend): BackendName {
  return BACKEND_NAMES.find((known) => known === name) ?? 'embedded';
}
