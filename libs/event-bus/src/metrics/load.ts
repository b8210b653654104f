import { SettingsError } from '../core/errors.js';
import { isModuleNotFound } from '../core/is-error.js';

/** Loads a client of metrics. Rejects with `SettingsError` if its package, which users install, is missing. */
export async function loadClient<Module>(
  exporter: string,
  client: string,
  module: () => Promise<Module>,
): Promise<Module> {
  try {
    return await module();
  } catch (cause) {
    if (isModuleNotFound(cause))
      throw new SettingsError(`EVENT_BUS_METRICS=${exporter} needs the package ${client}: npm install ${client}`, {
        cause,
      });
    throw cause;
  }
}
