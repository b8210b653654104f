import type { Backend } from '../core/backend.js';
import type { RecordCodec } from '../core/codec.js';
import { SettingsError } from '../core/errors.js';
import type { EventDefinition } from '../core/event.js';
import type { Observer } from '../core/notice.js';
import type { BackendName } from './backend-name.js';
import type { BusSettings } from './bus-settings.js';

/**
 * All that the settings, the module and the command line know of one backend.
 *
 * The names of its settings begin with its name: those of {@link ConsumerSettings} are found by that.
 */
export interface BackendUnit<Settings extends object> {
  readonly name: BackendName;
  /** Its settings with their defaults; each is declared with {@link Setting} and checked by class-validator. */
  readonly Settings: new () => object;
  /** The settings that it cannot do without when it is used. */
  readonly required: readonly (keyof Settings & string)[];
  /** What each setting alone may be, but not together with others: a sentence each, which begins with a variable's name. */
  problems(settings: Settings): readonly string[];
  /** Loads the client only now: who does not use the backend need not have it. */
  open(settings: BusSettings & Settings, observe: Observer): Promise<Backend>;
  /** The codec of this broker's users; `backend` is what `open` gave, or one of the same kind that the application made. */
  codec(
    definitions: readonly EventDefinition[],
    backend: Backend,
    settings: BusSettings & Settings,
  ): Promise<RecordCodec>;
}

/** Loads a backend; `client` is the package that whoever uses it has to install. Rejects with `SettingsError` when it is missing. */
export async function loadBackend<Module>(
  name: BackendName,
  client: string,
  module: () => Promise<Module>,
): Promise<Module> {
  try {
    return await module();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')
      throw new SettingsError(`The backend ${name} needs the package ${client}: npm install ${client}`, { cause });
    throw cause;
  }
}
