// The baseline for the embedded backend: a bare loop on libsql that appends or reads, with the same codec and bytes.
import Libsql from 'libsql';
import { bareCodec } from 'nest-event-bus/avro';
import { decodeHeaders, encodeHeaders } from '../libs/event-bus/dist/embedded/records/headers.js';
import { eventOf, NUMBERED } from './embedded-events.mjs';

const READ = 200;

export const codec = bareCodec({ definitions: [NUMBERED] });

export function openBare(path) {
  const database = new Libsql(path);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('CREATE TABLE log (position INTEGER PRIMARY KEY, key BLOB, value BLOB, headers BLOB)');
  database.exec('CREATE TABLE place (position INTEGER)');
  database.exec('INSERT INTO place VALUES (0)');
  const insert = database.prepare('INSERT INTO log (key, value, headers) VALUES (?, ?, ?)');
  const select = database
    .prepare('SELECT position, key, value, headers FROM log WHERE position > ? ORDER BY position LIMIT ?')
    .raw();
  const settle = database.prepare('UPDATE place SET position = ?');
  return {
    /** Creates, encodes and appends events in one durable transaction. */
    append(first, count) {
      database.exec('BEGIN IMMEDIATE');
      for (let seq = first; seq < first + count; seq += 1) {
        const { key, value, headers } = codec.encode(eventOf(seq), NUMBERED.keyField);
        insert.run([key, value, encodeHeaders(headers)]);
      }
      database.exec('COMMIT');
    },
    /**
     * Reads all events, `READ` at a time. Decodes each one, passes it to `handle`, and then stores the position
     * durably.
     */
    readAll(handle) {
      for (let place = 0; ;) {
        const rows = select.all([place, READ]);
        if (rows.length === 0) return;
        for (const [, key, value, headers] of rows) {
          const event = codec.decode({ headers: decodeHeaders(headers), value });
          codec.decodeKey({ key });
          handle(event);
        }
        place = rows.at(-1)[0];
        settle.run([place]);
      }
    },
    close: () => database.close(),
  };
}
