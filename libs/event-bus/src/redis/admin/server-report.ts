import { AccessRefusedError } from '../../core/errors.js';
import type { Connection } from '../client/connection.js';
import type { Reporter } from '../reporter.js';

/** Reports how many confirmed records this server can lose in a crash. Warns if it is more than one second's worth. */
export async function reportServer(connection: Connection, reporter: Reporter): Promise<void> {
  const info = await infoOf(connection);
  if (info === undefined) {
    reporter.say({
      level: 'info',
      what: 'Connected to Redis; its durability is unknown, because this user may not call INFO',
      fields: [['server', connection.where]],
    });
    return;
  }
  const fsync = await setting(connection, 'appendfsync');
  const isAppending = info.get('aof_enabled') === '1';
  const policy = info.get('maxmemory_policy') ?? 'unknown';
  const isEvicting = info.get('maxmemory') !== '0' && policy !== 'noeviction';
  const loss = isEvicting
    ? `whole streams (it evicts keys when its memory is full: ${policy})`
    : !isAppending
      ? 'everything since its last snapshot (appendonly is off)'
      : fsync === 'always'
        ? 'nothing'
        : fsync === 'everysec'
          ? 'the last second'
          : fsync === 'no'
            ? 'what the operating system has not written yet (appendfsync is no)'
            : 'unknown (this user may not call CONFIG GET appendfsync)';
  reporter.say({
    level: isEvicting || !isAppending || fsync === 'no' ? 'warn' : 'info',
    what: 'Connected to Redis',
    fields: [
      ['server', connection.where],
      ['version', info.get('redis_version')],
      ['loses_in_a_crash', loss],
      ['appendonly', isAppending ? 'yes' : 'no'],
      ['appendfsync', fsync ?? 'unknown'],
      ['maxmemory_policy', policy],
      ['replicas', Number(info.get('connected_slaves') ?? 0)],
    ],
  });
}

/** `undefined` if the user may not run INFO. The backend works without it. */
export async function infoOf(connection: Connection): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return linesOf(String(await connection.send('INFO')));
  } catch (error) {
    if (error instanceof AccessRefusedError) return undefined;
    throw error;
  }
}

/** `undefined` if CONFIG is forbidden, as on many managed servers. The backend works without it. */
export async function setting(connection: Connection, name: string): Promise<string | undefined> {
  try {
    const [, value] = (await connection.send('CONFIG', 'GET', name)) as readonly string[];
    return value;
  } catch {
    return undefined;
  }
}

function linesOf(info: string): ReadonlyMap<string, string> {
  const lines = info.split('\r\n').map((line) => line.split(':') as [string, string?]);
  return new Map(lines.map(([name, value = '']) => [name, value]));
}
