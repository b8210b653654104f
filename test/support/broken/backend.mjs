// A backend that breaks one promise: the harness module of `test/contract/suite.spec.ts`.
import { brokenAdministering } from './administering.mjs';
import { brokenConsuming } from './consuming.mjs';
import { brokenEnding } from './ending.mjs';
import { brokenPublishing } from './publishing.mjs';

const breakages = { ...brokenPublishing, ...brokenConsuming, ...brokenEnding, ...brokenAdministering };

/**
 * `breakage` is the broken promise. `module` and `config` create the working backend.
 *
 * @param {{ breakage: string, module: string, config: unknown }} given
 */
export async function createBackend({ breakage, module, config }) {
  const { createBackend: createGood } = await import(module);
  const good = () => createGood(config);
  return breakages[breakage](await good(), good);
}
