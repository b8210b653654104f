import { statSync } from 'node:fs';

import { SettingsError } from '../../core/errors.js';
import { isNoDatabase } from './database-error.js';
import { Database } from './database.js';
import { checkPath, keepPrivate, type PathOptions } from './log-path.js';
import type { NativeCalls } from '../thread/native-calls.js';
import { APPLICATION_ID, FORMAT, MIGRATIONS, SCHEMA } from './schema.js';

export interface OpenOptions extends Partial<PathOptions> {
  readonly maxBytes?: number | undefined;
  readonly native?: NativeCalls;
}

/**
 * Opens the log. Creates the file and its folder if needed, readable for this user only.
 *
 * - Throws `SettingsError` if the path cannot be used or holds another kind of file, which stays unchanged.
 * - Throws `UnavailableError` if the file is damaged or locked.
 *
 * Only SQLite may open the file. If other code of the process opened and closed it, the process would lose all its
 * POSIX locks on it, including SQLite's
 * (https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
 */
export function openLog(path: string, { maxBytes, allowNetworkDrive = false, native }: OpenOptions = {}): Database {
  const isThere = checkPath(path, { allowNetworkDrive });
  const database = new Database(path, native);
  try {
    if (!isThere) keepPrivate(path);
    if (!isLog(database)) create(database);
    migrate(database);
    useWriteAheadLog(database);
    if (maxBytes !== undefined) database.limit(maxBytes);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function isLog(database: Database): boolean {
  try {
    return database.setting('application_id') === APPLICATION_ID;
  } catch (error) {
    throw isNoDatabase(error) ? notALog(database.path) : error;
  }
}

/** Turns an empty file into a log, in one transaction. Other processes see the empty file or the whole log. */
function create(database: Database): void {
  const isEmpty = statSync(database.path).size === 0;
  database.first(() => {
    // Needed to shrink the file later. It must be the first thing written.
    if (isEmpty) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    if (database.number('PRAGMA application_id') === APPLICATION_ID) return;
    if (!isEmpty) throw notALog(database.path);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}; ${SCHEMA}`);
  });
}

function notALog(path: string): SettingsError {
  return new SettingsError(
    `${path} is a file of another kind, not an event log. It was not changed. Name another path for the event log.`,
  );
}

/** Migrates an older log to the current format, in one transaction. */
function migrate(database: Database): void {
  if (database.read(() => formatOf(database)) === FORMAT) return;
  database.write('fsync', () => {
    for (let format = formatOf(database); format !== FORMAT; format += 1) {
      const migration = MIGRATIONS.get(format);
      if (migration === undefined) throw unknownFormat(database, format);
      database.exec(migration);
    }
    database.exec(`PRAGMA user_version = ${FORMAT}`);
  });
}

function formatOf(database: Database): number {
  return database.number('PRAGMA user_version') ?? 0;
}

function unknownFormat(database: Database, format: number): SettingsError {
  return new SettingsError(
    `The event log ${database.path} has format ${format}; this version of nest-event-bus reads formats up to ${FORMAT}. ` +
      'It was not changed. Use the version that wrote it, or a newer one, or name another path.',
  );
}

function useWriteAheadLog(database: Database): void {
  const mode = database.setting('journal_mode = WAL');
  if (mode === 'wal') return;
  throw new SettingsError(
    `The event log ${database.path} is on a file system without shared memory, such as a network drive, where processes ` +
      'cannot share it safely. Name a path on a local disk.',
  );
}
