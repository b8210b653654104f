import { randomUUID } from 'node:crypto';

import type { Backend } from '../core/backend.js';
import { deadLetterTopics } from '../core/dead-letter-topic.js';
import { JointPublish } from '../core/joint-publish.js';
import { connect, type Connection } from './client/connection.js';
import { Consumption } from './consume/consumption.js';
import { Fullness } from './retention/fullness.js';
import { createGroup, createStream, positionsOf } from './admin/groups.js';
import { moveGroup } from './admin/move.js';
import { check, inWholeMs, type RedisOptions } from './options.js';
import type { MemberContext } from './consume/joined-member.js';
import { publish } from './publish/publishing.js';
import { read } from './admin/read.js';
import { Trimming } from './retention/trimming.js';
import { type RedisReport, reporter } from './reporter.js';
import { reportServer } from './admin/server-report.js';
import { schemaStore, type SchemaStore } from './records/schema-store.js';

/** The backend over Redis Streams. */
export interface RedisBackend extends Backend {
  /** For `redisCodec`. */
  readonly schemas: SchemaStore;
}

const MAX_RECORD_BYTES = 1024 * 1024;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** Above the longest time that a Python member waits for entries in one read, in ms. */
const PYTHON_POLL_MS = 70_000;

/**
 * Redis Streams: a topic is a stream, a group a group of it, a position the id of an entry.
 *
 * Nothing is connected before it is needed. Throws `SettingsError` for options that cannot be. A `move` takes a Python member that was
 * seen within the last 70 s for a living one.
 */
export function redis(given: RedisOptions): RedisBackend {
  check(given);
  const options = inWholeMs(given);
  const {
    url,
    client = {},
    claimMs = 30_000,
    pollTimeoutMs = 60_000,
    answerMs = 10_000,
    isExclusive = false,
    streamMaxLen,
  } = options;
  const { confirmation, observe = () => undefined } = options;
  const server = { url, client, ...(options.tls === undefined ? {} : { tls: options.tls }) };
  const reports = reporter((report: RedisReport) => observe(report));
  let opened: Connection | undefined;
  let isClosed = false;
  let isReported = false;
  const connection = (): Connection => {
    opened ??= connect(server, { answerMs, reconnects: true, onReady: () => schemas.renew() });
    if (isClosed) opened.close();
    return opened;
  };
  const schemas = schemaStore(connection);
  const { retentionMs, deadLetterRetentionMs, groupExpiryMs = WEEK_MS, trimEveryMs: everyMs = 60_000 } = options;
  const fullness = new Fullness(reports);
  const limits = { retentionMs, deadLetterRetentionMs, groupExpiryMs, everyMs };
  const trimming = new Trimming(connection, { ...limits, reporter: reports, fullness });
  // A connection of its own: a WAIT holds up everything behind it.
  let publishes: Connection | undefined;
  const joint = new JointPublish({
    send: async (records) => {
      for (const { topic } of records) trimming.add(topic);
      publishes ??= connect(server, { answerMs, reconnects: true });
      const outcomes = await publish(publishes, records, { confirmation, maxLength: streamMaxLen });
      if (fullness.learn(publishes, outcomes)) trimming.hurry();
      return outcomes;
    },
    maxRecordBytes: MAX_RECORD_BYTES,
    // The server works on one request while the next is written. But a WAIT would wait for those of both, and a client of a cluster may send
    // the first one again, after the second.
    inFlight: confirmation === undefined && client['clusterNodes'] === undefined ? 2 : 1,
  });
  const context: MemberContext = {
    get connection() {
      return connection();
    },
    openReader: () => connect(server, { answerMs, reconnects: false }),
    reporter: reports,
    token: randomUUID(),
    inUse: new Set(),
    unreturned: new Map(),
    claimMs,
    pollTimeoutMs,
    isExclusive,
  };
  return {
    name: 'redis',
    maxRecordBytes: MAX_RECORD_BYTES,
    schemas,
    publish: (records, options) => joint.publish(records, options),
    consume(subscription, handle, stop) {
      const { topic, group } = subscription;
      // Whoever publishes may not live for long, or remove nothing, and dead letters may have come before a restart.
      for (const each of [topic, ...deadLetterTopics(topic, group)]) trimming.add(each);
      return new Consumption(context, subscription, handle, stop).run();
    },
    createTopic: (topic) => createStream(connection(), topic),
    createGroup: (topic, group, start) => createGroup(connection(), { topic, group, start, reporter: reports }),
    positions: (topic, group) => positionsOf(connection(), topic, group),
    move: (topic, group, to, { dryRun = false, once } = {}) =>
      moveGroup(connection(), { topic, group, to, dryRun, once, livingMs: PYTHON_POLL_MS }),
    read: (topic) => read(connection(), topic),
    async ping() {
      await connection().send('PING');
      if (isReported) return;
      isReported = true;
      await reportServer(connection(), reports);
    },
    async close() {
      await joint.close();
      await trimming.end();
      schemas.end();
      isClosed = true;
      opened?.close();
      publishes?.close();
    },
  };
}
