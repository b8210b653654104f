import { SettingsError } from '../core/errors.js';
import { isModuleNotFound } from '../core/is-error.js';

/**
 * Loads a client of metrics. Rejects with `SettingsError` if its package is missing, which users install. `what` needs
 * it.
 */
export async function loadClient<Module>(what: string, client: string, module: () => Promise<Module>): Promise<Module> {
  try {
    return await module();
  } catch (cause) {
    if (isModuleNotFound(cause))
      throw new SettingsError(`${what} needs the package ${client}: npm install ${client}`, { cause });
    throw cause;
  }
}
