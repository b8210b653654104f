import { bareCodec } from '../avro/index.js';
import type { Backend } from '../core/backend.js';
import type { RecordCodec } from '../core/codec.js';
import type { EventDefinition } from '../core/event.js';
import { EventPublisher } from '../core/event-publisher.js';
import type { Observer } from '../core/notice.js';
import { readRoutes } from '../core/routes.js';
import { BACKEND_NAMES, type BackendName } from './backend-name.js';
import { loadDefinitions } from './definitions.js';
import { BACKENDS } from './backends.js';
import { checkReachable } from './check-reachable.js';
import type { EventBusOptions } from './options.js';
import { type Environment, inspectSettings, wrongSettings } from './read-settings.js';
import { EventBusSettings } from './settings.js';

const DEFAULTS = new EventBusSettings();

/** The bus of one process, put together from its settings: used by the Nest module and by the command line alike. */
export interface EventBusRuntime {
  readonly settings: EventBusSettings;
  readonly definitions: ReadonlyMap<string, EventDefinition>;
  /** Of the backend that events are consumed from. */
  readonly codec: RecordCodec;
  readonly publisher: EventPublisher;
  readonly consumerBackend: Backend;
  readonly observe: Observer;
  /** Waits for what was published, then lets go of the brokers. May be called twice. */
  close(): Promise<void>;
}

/**
 * Reads the settings, loads the definitions and opens the backends.
 *
 * Rejects with one `SettingsError` that lists every problem, before anything is opened, or with the backend's own when it cannot be; then
 * with `AccessRefusedError` or `UnavailableError` when a broker does not let us in or does not answer.
 */
export async function createRuntime(
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
  let publisher: EventPublisher | undefined;
  const close = async () => {
    await publisher?.settled();
    await Promise.all([...new Set(opened.values())].map((each) => each.close()));
  };
  try {
    const producerBackend = await open(settings.producer);
    const consumerBackend = await open(settings.consumer);
    const codecOf = (each: Backend) => BACKENDS[kindOf(each)].codec(all, each, settings);
    const codec = await codecOf(consumerBackend);
    const producerCodec = producerBackend === consumerBackend ? codec : await codecOf(producerBackend);
    publisher = new EventPublisher({
      publisher: producerBackend,
      codec: producerCodec,
      routes,
      observe,
      topicPrefix: settings.topicPrefix,
      service: settings.serviceName,
      timeoutMs: settings.publishTimeout * 1000,
    });
    await checkReachable([producerBackend, consumerBackend], [producerCodec, codec], observe);
    return { settings, definitions, codec, publisher, consumerBackend, observe, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A backend of the application's own carries records as the embedded one does. */
function kindOf({ name }: Backend): BackendName {
  return BACKEND_NAMES.find((known) => known === name) ?? 'embedded';
}
