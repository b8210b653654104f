import { accessSync, chmodSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { asError } from '../../core/backoff.js';
import { SettingsError } from '../../core/errors.js';
import { networkDriveOf } from './network-drive.js';

/** Events contain personal data. Only this user may read them, unless the operator set other permissions. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

export interface PathOptions {
  readonly allowNetworkDrive: boolean;
}

/**
 * Creates the folder of the log if needed and checks that folder and file are usable. Returns whether the file exists.
 *
 * Throws `SettingsError` with the problem and a remedy.
 */
export function checkPath(path: string, { allowNetworkDrive }: PathOptions, driveOf = networkDriveOf): boolean {
  const folder = dirname(path);
  attempt(`The folder of the event log ${path} cannot be created`, () =>
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE }),
  );
  attempt(`The folder of the event log ${path}, which also holds its files -wal and -shm, cannot be written`, () =>
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK),
  );
  const drive = allowNetworkDrive ? undefined : driveOf(folder);
  if (drive !== undefined) throw onNetworkDrive(path, drive);
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return false;
  if (!file.isFile()) {
    throw new SettingsError(`The event log ${path} is not a file. Name a file; it is created if it does not exist.`);
  }
  attempt(`The event log ${path} cannot be read and written`, () => accessSync(path, constants.R_OK | constants.W_OK));
  return true;
}

/** Makes a new file private. Call it before anything is written; SQLite copies the mode to its companion files. */
export function keepPrivate(path: string): void {
  attempt(`The event log ${path} cannot be made private`, () => chmodSync(path, FILE_MODE));
}

function onNetworkDrive(path: string, drive: string): SettingsError {
  return new SettingsError(
    `The event log ${path} is on a network drive (${drive}), where processes on several machines would damage it. Name a path on a local ` +
      'disk. If only one machine ever uses the file, you can set EVENT_BUS_EMBEDDED_ALLOW_NETWORK_DRIVE=true instead.',
  );
}

function attempt(problem: string, action: () => void): void {
  try {
    action();
  } catch (thrown) {
    const cause = asError(thrown);
    throw new SettingsError(`${problem}: ${cause.message}. Give this user the rights, or name another path.`, {
      cause,
    });
  }
}
