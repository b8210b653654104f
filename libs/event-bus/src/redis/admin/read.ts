import type { ReceivedRecord } from '../../core/backend.js';
import { AdminError } from '../../core/errors.js';
import type { Connection } from '../client/connection.js';
import { recordOf } from '../records/entry.js';
import { isNoStream } from '../client/failure.js';
import { entriesOf, pairs } from '../client/replies.js';

/** The limits of one XRANGE call. It asks for fewer entries if the previous ones were large. */
const AT_ONCE = { entries: 200, bytes: 4 * 1024 * 1024 };

/** Yields the entries that exist when the call begins. Later entries are not included. */
export async function* read(connection: Connection, topic: string): AsyncGenerator<ReceivedRecord> {
  const last = await lastId(connection, topic);
  let from = '-';
  for (let count = 1; ;) {
    const asked = count;
    const entries = entriesOf(await connection.sendForBytes(0, 'XRANGE', topic, from, last, 'COUNT', asked));
    for (const { id, fields } of entries) yield recordOf({ topic, id, passed: [] }, fields ?? []);
    if (entries.length < asked) return;
    from = `(${entries.at(-1)?.id ?? last}`;
    const each = entries.reduce((sum, { fields }) => sum + bytesOf(fields ?? []), 1) / asked;
    count = Math.max(1, Math.min(AT_ONCE.entries, 2 * asked, Math.floor(AT_ONCE.bytes / each)));
  }
}

function bytesOf(fields: readonly Buffer[]): number {
  return fields.reduce((sum, { length }) => sum + length, 0);
}

async function lastId(connection: Connection, topic: string): Promise<string> {
  try {
    return String(pairs(await connection.send('XINFO', 'STREAM', topic))['last-generated-id']);
  } catch (error) {
    if (!isNoStream(error)) throw error;
    throw new AdminError(`There is no topic ${topic} at Redis ${connection.where}. Check the name and its prefix.`);
  }
}
