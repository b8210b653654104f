import { isError } from '../core/is-error.js';
import { asError } from '../core/backoff.js';
import { AdminError, SettingsError, UnavailableError } from '../core/errors.js';

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** Whether another process has the lock that this one needs. */
export function isBusy(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return code === BUSY || code === LOCKED;
}

/** Whether the file turned out to be something else, when it was first read. */
export function isNoDatabase(thrown: unknown): boolean {
  return isError(thrown) && codeOf(thrown.cause) === NOTADB;
}

/** Whether the disk or the file has no room left. */
export function isFull(thrown: unknown): boolean {
  return isError(thrown) && codeOf(thrown.cause) === FULL;
}

/** The error as the callers of a backend may see it; what the driver threw is its cause. */
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
      return 'is locked by another process that does not let go. Look for one that is stopped or hangs, and end it.';
    case READONLY:
      return 'cannot be written. Give this user the right to write the file and its folder.';
    case IOERR:
      return `could not be read or written: the disk reports an error (${message}). Check the disk.`;
    case CORRUPT:
    case NOTADB:
      return (
        'is damaged. Stop every process that uses it, keep a copy, and put back a backup, or save what can be read with ' +
        "the SQLite shell's .recover command."
      );
    case FULL:
      return 'has no room: the disk is full, or the file has reached its largest size. Free disk space or raise maxBytes.';
    case CANTOPEN:
      return 'could not be opened. Check that its folder is there and may be written by this user.';
    default:
      return `failed: ${message}`;
  }
}

/** Extended codes carry the primary one in their lowest byte. */
function codeOf(thrown: unknown): number | undefined {
  if (!isError(thrown) || !('rawCode' in thrown) || typeof thrown.rawCode !== 'number') return undefined;
  return thrown.rawCode & 0xff;
}
