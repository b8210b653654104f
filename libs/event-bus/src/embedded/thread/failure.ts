import { asError } from '../../core/backoff.js';
import { AdminError, SettingsError, UnavailableError } from '../../core/errors.js';
import { databaseError } from '../log/database-error.js';

/** An error in a form that can be sent to another thread, where the class of an error is lost. */
export interface Failure {
  readonly name: 'AdminError' | 'SettingsError' | 'UnavailableError';
  readonly message: string;
  readonly cause: string | undefined;
}

const CLASSES = { AdminError, SettingsError, UnavailableError };

export function toFailure(thrown: unknown, path: string): Failure {
  const { name, message, cause } = databaseError(thrown, path);
  return { name: name as Failure['name'], message, cause: cause === undefined ? undefined : asError(cause).message };
}

export function fromFailure({ name, message, cause }: Failure): Error {
  return new CLASSES[name](message, cause === undefined ? undefined : { cause: new Error(cause) });
}
