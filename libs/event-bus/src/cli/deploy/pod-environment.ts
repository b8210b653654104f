import { BACKENDS, settingGroups } from '../../nest/settings/event-bus-settings.js';
import type { Environment } from '../../nest/settings/read-settings.js';
import { BACKEND_NAMES, type BackendName } from '../../settings/backend-name.js';
import { settingsOf } from '../../settings/setting.js';

/** The folder of the files that settings name, in the pod. */
export const FILES = '/etc/event-bus';

/** Variables that are no settings of the bus, but that its pods have. */
const FURTHER = ['NODE_ENV', 'EVENT_BUS_HEALTH_PORT'];

/** How the settings reach the pods. */
export interface PodEnvironment {
  /** Variables with their values. */
  readonly values: ReadonlyMap<string, string>;
  /** Variables whose values are in the Secret, under their own names. */
  readonly secrets: readonly string[];
  /** Variables that name a file. The Secret has its content under the name of the variable. */
  readonly files: readonly string[];
}

/**
 * Returns the variables of `env` that set something for the bus and for these backends. Secrets and the contents of
 * files are never part of the result.
 */
export function podEnvironment(backends: readonly BackendName[], env: Environment): PodEnvironment {
  const values = new Map(FURTHER.map((name) => [name, env[name] ?? '']));
  const secrets: string[] = [];
  const files: string[] = [];
  const unused = BACKEND_NAMES.filter((name) => !backends.includes(name)).map((name) => BACKENDS[name].Settings);
  const groups = settingGroups().filter((group) => !unused.some((Settings) => group instanceof Settings));
  for (const info of groups.flatMap((group) => [...settingsOf(group).values()])) {
    const text = [info.env, info.alias ?? ''].map((name) => env[name] ?? '').find((value) => value !== '');
    if (text === undefined) continue;
    if (info.secret === true) secrets.push(info.env);
    else if (info.env.endsWith('_FILE')) files.push(info.env);
    else values.set(info.env, text);
  }
  return { values, secrets, files };
}
