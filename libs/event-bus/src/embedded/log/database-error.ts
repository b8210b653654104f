import { isError } from '../../core/is-error.js';
import { asError } from '../../core/backoff.js';
import { AdminError, SettingsError, UnavailableError } from '../../core/errors.js';

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** Whether another process holds the lock. */
export function isBusy(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return code === BUSY || code === LOCKED;
}

/** Whether the file is not a SQLite database. SQLite finds out at the first read. */
export function isNoDatabase(thrown: unknown): boolean {
  return isError(thrown) && codeOf(thrown.cause) === NOTADB;
}

/** Whether the disk or the file is full. */
export function isFull(thrown: unknown): boolean {
  return isError(thrown) && codeOf(thrown.cause) === FULL;
}

/** Turns an error of the driver into an error of the backend contract. The original error is its cause. */
export function databaseError(thrown: unknown, path: string): Error {
  if (thrown instanceof AdminError || thrown instanceof SettingsError || thrown instanceof UnavailableError)
    return thrown;
  const cause = asError(thrown);
  return new UnavailableError(`The event log ${path} ${explain(codeOf(thrown), cause.message)}`, { cause });
}

function explain(code: number | undefined, message: string): string {
  switch (code) {
    case BUSY:
    case LOCKED:
      return 'is locked by another process that does not release it. Find the process that hangs or is suspended, and end it.';
    case READONLY:
      return 'cannot be written. Give this user the right to write the file and its folder.';
    case IOERR:
      return `could not be read or written: the disk reports an error (${message}). Check the disk.`;
    case CORRUPT:
    case NOTADB:
      return (
        'is damaged. Stop every process that uses it and keep a copy. Then restore a backup, or recover the readable part with ' +
        "the SQLite shell's .recover command."
      );
    case FULL:
      return 'has no room: the disk is full, or the file has reached its maximum size. Free disk space or raise maxBytes.';
    case CANTOPEN:
      return 'could not be opened. Check that its folder exists and that this user may write to it.';
    default:
      return `failed: ${message}`;
  }
}

/** The lowest byte of an extended result code is the primary code. */
function codeOf(thrown: unknown): number | undefined {
  if (!isError(thrown) || !('rawCode' in thrown) || typeof thrown.rawCode !== 'number') return undefined;
  return thrown.rawCode & 0xff;
}
