import type { ReceivedRecord } from '../core/backend.js';
import { AdminError } from '../core/errors.js';
import type { Connection } from './connection.js';
import { recordOf } from './entry.js';
import { isNoStream } from './failure.js';
import { entriesOf, pairs } from './replies.js';

const ENTRIES_AT_ONCE = 200;

/** What is there when the reading begins; what is published meanwhile is not waited for. */
export async function* read(connection: Connection, topic: string): AsyncGenerator<ReceivedRecord> {
  const last = await lastId(connection, topic);
  let from = '-';
  for (;;) {
    const answer = await connection.sendForBytes(0, 'XRANGE', topic, from, last, 'COUNT', ENTRIES_AT_ONCE);
    const entries = entriesOf(answer);
    for (const { id, fields } of entries) yield recordOf({ topic, id, passed: [] }, fields ?? []);
    if (entries.length < ENTRIES_AT_ONCE) return;
    from = `(${entries.at(-1)?.id ?? last}`;
  }
}

async function lastId(connection: Connection, topic: string): Promise<string> {
  try {
    return String(pairs(await connection.send('XINFO', 'STREAM', topic))['last-generated-id']);
  } catch (error) {
    if (!isNoStream(error)) throw error;
    throw new AdminError(`There is no topic ${topic} at Redis ${connection.where}. Check the name and its prefix.`);
  }
}
