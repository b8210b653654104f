import { SettingsError } from './errors.js';
import { isModuleNotFound } from './is-error.js';

/**
 * Loads a module that needs an optional package, which users install. Rejects with `SettingsError` if the package is
 * missing: "`what` needs the package `name`".
 */
export async function loadPackage<Module>(what: string, name: string, module: () => Promise<Module>): Promise<Module> {
  try {
    return await module();
  } catch (cause) {
    if (isModuleNotFound(cause))
      throw new SettingsError(`${what} needs the package ${name}: npm install ${name}`, { cause });
    throw cause;
  }
}
