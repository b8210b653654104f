import { accessSync, closeSync, constants, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { asError } from '../core/backoff.js';
import { SettingsError } from '../core/errors.js';
import { Database } from './database.js';
import { APPLICATION_ID, FORMAT, SCHEMA } from './schema.js';

/** Where a SQLite file carries its application id: https://www.sqlite.org/fileformat.html#the_database_header */
const APPLICATION_ID_AT = 68;
const HEADER_BYTES = 100;

/**
 * Opens the log, and makes it and its folder when they are missing.
 *
 * Throws `SettingsError` when the path cannot be used or holds something else, which it leaves as it is, and `UnavailableError` when
 * the file is damaged or locked.
 */
export function openLog(path: string, maxBytes: number | undefined): Database {
  const isNew = prepare(path);
  const database = new Database(path);
  try {
    if (isNew || formatOf(database) === 0) create(database);
    checkFormat(database);
    useWriteAheadLog(database);
    if (maxBytes !== undefined) database.limit(maxBytes);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Answers with whether the log has yet to be made. Nothing is opened by SQLite before it is known to be a log: opening may write. */
function prepare(path: string): boolean {
  attempt(`The folder of the event log ${path} cannot be made`, () => mkdirSync(dirname(path), { recursive: true }));
  attempt(
    `The folder of the event log ${path} cannot be written, and its companion files (-wal, -shm) have to lie there`,
    () => {
      accessSync(dirname(path), constants.R_OK | constants.W_OK | constants.X_OK);
    },
  );
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return true;
  if (!file.isFile())
    throw new SettingsError(`The event log ${path} is not a file. Name a file, or one that is yet to be made.`);
  attempt(`The event log ${path} cannot be read and written`, () => accessSync(path, constants.R_OK | constants.W_OK));
  if (file.size === 0) return true;
  const header = attempt(`The event log ${path} cannot be read`, () => readHeader(path));
  if (
    header.toString('latin1', 0, 15) !== 'SQLite format 3' ||
    header.readUInt32BE(APPLICATION_ID_AT) !== APPLICATION_ID
  ) {
    throw new SettingsError(
      `${path} is not an event log but some other file, which was left as it is. Name another path for the event log.`,
    );
  }
  return false;
}

/**
 * In one transaction of the rollback journal, so that the file is empty or carries its marks, also when another process looks
 * meanwhile. When that transaction was cut short, the marks may be seen before SQLite has taken them back.
 */
function create(database: Database): void {
  database.write('fsync', () => {
    if (database.number('SELECT count(*) FROM sqlite_schema') !== 0) return;
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}; ${SCHEMA}`);
  });
}

function checkFormat(database: Database): void {
  const format = formatOf(database);
  if (format === FORMAT) return;
  throw new SettingsError(
    `The event log ${database.path} has format ${format}; this version of nest-event-bus reads format ${FORMAT}. ` +
      'It was left as it is. Use the version that wrote it, or a newer one, or name another path.',
  );
}

function formatOf(database: Database): number {
  return Number(database.setting('user_version'));
}

function useWriteAheadLog(database: Database): void {
  const mode = database.setting('journal_mode = WAL');
  if (mode === 'wal') return;
  throw new SettingsError(
    `The event log ${database.path} lies on a file system without shared memory (a network drive, say), on which processes ` +
      'cannot share it safely. Name a path on a local disk.',
  );
}

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
  return header;
}

function attempt<Result>(problem: string, action: () => Result): Result {
  try {
    return action();
  } catch (thrown) {
    const cause = asError(thrown);
    throw new SettingsError(`${problem}: ${cause.message}. Give this user the rights, or name another path.`, {
      cause,
    });
  }
}
