import { SettingsError } from '../core/errors.js';

/** Returns one error for all problems of the settings. */
export function wrongSettings(problems: readonly string[]): SettingsError {
  return new SettingsError(`Wrong settings:\n${problems.map((line) => `  ${line}`).join('\n')}`);
}
