import { AccessRefusedError, SettingsError } from '../../core/errors.js';

/** Whether it is what asking again does not mend. */
export function isFinal(error: Error): boolean {
  return error instanceof AccessRefusedError || error instanceof SettingsError;
}
