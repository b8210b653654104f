import { type Backend, JointPublish } from 'nest-event-bus/core';
import { Consumption } from './consumption.js';
import { Database } from './database.js';
import { groupsOn, makeGroup, move, theGroup } from './groups.js';
import { append, locate, makeTopic, read, topicNames } from './topics.js';

const MAX_RECORD_BYTES = 1024 * 1024;

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` of a database with the tables of `schema.sql`. */
  readonly url: string;
  /** How long a member without a sign of life keeps its records, in ms. Default 10,000. */
  readonly leaseMs?: number;
}

/** Keeps records in PostgreSQL tables, for ever. Each member uses one of ten connections. */
export function postgres({ url, leaseMs = 10_000 }: PostgresOptions): Backend {
  const database = new Database(url);
  const joint = new JointPublish({
    send: (records) => database.transaction((sql) => append(sql, records)),
    maxRecordBytes: MAX_RECORD_BYTES,
  });
  let closing: Promise<void> | undefined;
  return {
    name: 'postgres',
    maxRecordBytes: MAX_RECORD_BYTES,
    publish: (records, options) => joint.publish(records, options),
    async consume(subscription, handle, stop) {
      if (stop.aborted) return;
      const member = { ...subscription, id: crypto.randomUUID(), leaseMs };
      await database.transaction((sql) => makeGroup(sql, member.topic, member.group, member.start));
      await new Consumption({ database, member, handle, stop }).run();
    },
    topics: () => database.transaction(topicNames),
    groups: (topic) => database.transaction((sql) => groupsOn(sql, topic)),
    createTopic: (topic) => database.transaction((sql) => makeTopic(sql, topic)),
    createGroup: (topic, group, start) => database.transaction((sql) => makeGroup(sql, topic, group, start)),
    async positions(topic, group) {
      const { oldest, next, behind, at: oldestAt } = await database.transaction((sql) => theGroup(sql, topic, group));
      return [{ partition: 0, position: String(oldest), end: String(next), behind, oldestAt }];
    },
    move: (topic, group, to, options) => database.transaction((sql) => move(sql, topic, group, to, options)),
    async *read(topic) {
      const { next } = await database.transaction((sql) => locate(sql, topic, 'end'));
      for (let from = 0; from < next; from += 500)
        yield* await database.transaction((sql) => read(sql, topic, from, Math.min(next, from + 500)));
    },
    ping: () => database.transaction(() => Promise.resolve()),
    close: () => (closing ??= joint.close().then(() => database.close())),
  };
}
