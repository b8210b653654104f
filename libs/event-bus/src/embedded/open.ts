import { statSync } from 'node:fs';

import { SettingsError } from '../core/errors.js';
import { isNoDatabase } from './database-error.js';
import { Database } from './database.js';
import { checkPath, keepPrivate, type PathOptions } from './log-path.js';
import type { NativeCalls } from './native-calls.js';
import { APPLICATION_ID, FORMAT, MIGRATIONS, SCHEMA } from './schema.js';

export interface OpenOptions extends Partial<PathOptions> {
  readonly maxBytes?: number | undefined;
  readonly native?: NativeCalls;
}

/**
 * Opens the log, and makes it and its folder when they are missing, for this user alone.
 *
 * Throws `SettingsError` when the path cannot be used or holds something else, which it leaves as it is, and `UnavailableError` when
 * the file is damaged or locked.
 *
 * Nothing here may open the file but SQLite: whoever closes a file takes away all locks that its process has on it, also those of
 * SQLite, which then takes living connections for gone (https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
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

/** Only an empty file becomes a log, in one transaction: whoever looks meanwhile sees the empty file or all of it. */
function create(database: Database): void {
  const isEmpty = statSync(database.path).size === 0;
  database.first(() => {
    // It lets the file become smaller again, and has to be the first thing that is written.
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

/** Brings a log of an older version to this one's format, in one transaction. */
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
