import { stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Finding } from '../../settings/finding.js';
import { networkDriveOf } from '../log/network-drive.js';

/** Less free space than this is a warning, in bytes. */
const LITTLE_SPACE = 1024 ** 3;
const OTHERS_MAY_READ = 0o044;
const OTHERS_MAY_WRITE = 0o022;

/** Inspects the file of the event log: its file system, its rights, and the space that is left. */
export async function inspectFile(given: string): Promise<readonly Finding[]> {
  const path = resolve(given);
  const subject = `event log ${path}`;
  const [{ mode, size }, { bavail, bsize }] = await Promise.all([stat(path), statfs(dirname(path))]);
  return [
    driveFinding(subject, dirname(path)),
    modeFinding(subject, mode),
    spaceFinding(subject, size, bavail * bsize),
  ];
}

function driveFinding(subject: string, folder: string): Finding {
  const drive = networkDriveOf(folder);
  if (drive === undefined)
    return { level: 'ok', subject, what: 'it is on a local file system; each publish waits for fsync' };
  return {
    level: 'problem',
    subject,
    what: `it is on a network drive (${drive})`,
    meaning: 'Processes on several machines would damage the log, because they do not share memory.',
    advice: 'Set EVENT_BUS_EMBEDDED_PATH to a file on a local disk, or use Redis or Kafka.',
  };
}

function modeFinding(subject: string, mode: number): Finding {
  const text = (mode & 0o777).toString(8);
  if ((mode & (OTHERS_MAY_READ | OTHERS_MAY_WRITE)) === 0)
    return { level: 'ok', subject, what: `only its owner may read it (mode ${text})` };
  const isOpen = (mode & OTHERS_MAY_WRITE) !== 0;
  return {
    level: isOpen ? 'warning' : 'note',
    subject,
    what: `other users of this machine may ${isOpen ? 'change' : 'read'} it (mode ${text})`,
    meaning: 'Events may hold personal data.',
    advice: 'If that is not intended, change the mode of the file and its folder: chmod go-rwx.',
  };
}

function spaceFinding(subject: string, size: number, free: number): Finding {
  const what = `it has ${mebibytes(size)}, and ${mebibytes(free)} are free`;
  if (free > LITTLE_SPACE && free > size) return { level: 'ok', subject, what };
  return {
    level: 'warning',
    subject,
    what,
    meaning: 'When the disk is full, publishing fails.',
    advice: 'Free some space, or set EVENT_BUS_EMBEDDED_RETENTION or EVENT_BUS_EMBEDDED_RETENTION_BYTES.',
  };
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2).toLocaleString('en')} MiB`;
}
