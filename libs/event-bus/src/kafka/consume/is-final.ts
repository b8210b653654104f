import { AccessRefusedError, SettingsError } from '../../core/errors.js';

/** Whether a retry cannot help. */
export function isFinal(error: Error): boolean {
  return error instanceof AccessRefusedError || error instanceof SettingsError;
}
