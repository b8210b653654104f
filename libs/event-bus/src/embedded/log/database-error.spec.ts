import { describe, expect, it } from 'vitest';

import { AdminError, UnavailableError } from '../../core/errors.js';
import { databaseError } from './database-error.js';

describe('an error of the driver', () => {
  it.each([
    [
      5,
      'is locked by another process that does not release it. Find the process that hangs or is suspended, and end it.',
    ],
    [
      517,
      'is locked by another process that does not release it. Find the process that hangs or is suspended, and end it.',
    ],
    [1544, 'cannot be written. Give this user the right to write the file and its folder.'],
    [778, 'could not be read or written: the disk reports an error (driver’s words). Check the disk.'],
    [
      11,
      'is damaged. Stop every process that uses it and keep a copy. Then restore a backup, or recover the readable part with ' +
        "the SQLite shell's .recover command.",
    ],
    [13, 'has no room: the disk is full, or the file has reached its maximum size. Free disk space or raise maxBytes.'],
    [14, 'could not be opened. Check that its folder exists and that this user may write to it.'],
    [1, 'failed: driver’s words'],
  ])('with code %i says what happened and what to do', (rawCode, says) => {
    const cause = Object.assign(new Error('driver’s words'), { rawCode });
    const error = databaseError(cause, '/data/bus.db');
    expect(error).toEqual(new UnavailableError(`The event log /data/bus.db ${says}`));
    expect(error.cause).toBe(cause);
  });

  it('is told apart from errors of core, which stay what they are', () => {
    const error = new AdminError('no such group');
    expect(databaseError(error, '/data/bus.db')).toBe(error);
  });
});
