import type { Backend, Position } from '../core/backend.js';
import type { RecordCodec } from '../core/event/codec.js';
import type { EventDefinition } from '../core/event/event.js';
import { loadPackage } from '../core/load-package.js';
import type { Observer } from '../core/notices/notice.js';
import type { BackendName } from './backend-name.js';
import type { BusSettings } from './bus-settings.js';
import type { Finding, UsedTopic } from './finding.js';
import type { Difference, WantedTopics } from './topic-plan.js';

/**
 * Describes one backend to the settings, the module and the command line.
 *
 * The names of its settings begin with its name. {@link ConsumerSettings} are found by these names.
 */
export interface BackendUnit<Settings extends object> {
  readonly name: BackendName;
  /**
   * The class of its settings with their defaults. Each is declared with {@link Setting} and checked by
   * class-validator.
   */
  readonly Settings: new () => object;
  /** The settings that are required if the backend is used. */
  readonly required: readonly (keyof Settings & string)[];
  /**
   * Returns the problems of settings that do not fit together. Each is a sentence that begins with the name of a
   * variable.
   */
  problems(settings: Settings): readonly string[];
  /** The packages of its client. */
  readonly clients: readonly string[];
  /** Inspects a backend that `open` made and that answers: rights, durability, clocks. Changes nothing. */
  inspect(
    backend: Backend,
    settings: BusSettings & Settings,
    topics: readonly UsedTopic[],
  ): Promise<readonly Finding[]>;
  /**
   * The differences between topics as they are and as they should be. For brokers whose topics have properties; for
   * others, topics are only there or missing.
   */
  differences?(backend: Backend, wanted: WantedTopics): Promise<readonly Difference[]>;
  /**
   * Opens the backend. Loads the client only now: an application that does not use the backend need not have it.
   * `inCode` has the names of the settings that are options in code; by default none.
   */
  open(settings: BusSettings & Settings, observe: Observer, inCode?: ReadonlySet<string>): Promise<Backend>;
  /**
   * Returns the codec for this broker. `backend` is the result of `open`, or a backend of the same kind that the
   * application made.
   */
  codec(
    definitions: readonly EventDefinition[],
    backend: Backend,
    settings: BusSettings & Settings,
  ): Promise<RecordCodec>;
  /** What a position of this backend says, under the attribute names of OpenTelemetry's conventions for messaging. */
  readonly positionAttributes?: (position: Position) => Readonly<Record<string, string | number>>;
}

/**
 * Loads a backend. `client` is the package that its users must install. Rejects with `SettingsError` if it is missing.
 */
export function loadBackend<Module>(name: BackendName, client: string, module: () => Promise<Module>): Promise<Module> {
  return loadPackage(`The backend ${name}`, client, module);
}
