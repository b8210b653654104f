import { type Backend, JointPublish } from 'nest-event-bus/core';

import { Consumption } from './consumption.js';
import { Database } from './database.js';
import { makeGroup, move, position } from './groups.js';
import { append, makeTopic, read } from './topics.js';

const MAX_RECORD_BYTES = 1024 * 1024;

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** How long a member that gives no sign of life keeps its records, in ms. Default 10,000. */
  readonly leaseMs?: number;
}

/** A log in tables of PostgreSQL, version 14 or newer. Nothing removes old records. */
export function postgres({ url, leaseMs = 10_000 }: PostgresOptions): Backend {
  const database = new Database(url);
  const joint = new JointPublish({
    send: (records) => database.use((session) => append(session, records)),
    maxRecordBytes: MAX_RECORD_BYTES,
  });
  return {
    name: 'postgres',
    location: database.location,
    maxRecordBytes: MAX_RECORD_BYTES,
    publish: (records, options) => joint.publish(records, options),
    async consume(subscription, handle, stop) {
      if (stop.aborted) return;
      const { topic, group, start } = subscription;
      await database.use((session) => makeGroup(session, topic, group, start));
      await new Consumption(database, leaseMs, subscription, handle, stop).run();
    },
    createTopic: (topic) => database.use((session) => makeTopic(session, topic)),
    createGroup: (topic, group, start) => database.use((session) => makeGroup(session, topic, group, start)),
    positions: async (topic, group) => [await database.use((session) => position(session, topic, group))],
    move: (topic, group, to, options) => database.use((session) => move(session, topic, group, to, options)),
    read: (topic) => read(database, topic),
    ping: () => database.use(async ({ client }) => void (await client.query('SELECT 1'))),
    async close() {
      await joint.close();
      await database.close();
    },
  };
}
