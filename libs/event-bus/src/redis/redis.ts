import { randomUUID } from 'node:crypto';

import type { Backend } from '../core/backend.js';
import { deadLetterTopics } from '../core/topics/dead-letter-topic.js';
import { JointPublish } from '../core/publish/joint-publish.js';
import { connect, type Connection } from './client/connection.js';
import { Consumption } from './consume/consumption.js';
import { Fullness } from './retention/fullness.js';
import { createGroup, createStream, positionsOf } from './admin/groups.js';
import { inspectServer, type ServerFacts } from './admin/inspect.js';
import { moveGroup } from './admin/move.js';
import { check, inWholeMs, type RedisOptions } from './options.js';
import type { MemberContext } from './consume/joined-member.js';
import { publish } from './publish/publishing.js';
import { read } from './admin/read.js';
import { allStreams, groupsOf } from './admin/topic-groups.js';
import { Trimming } from './retention/trimming.js';
import { type RedisReport, reporter } from './reporter.js';
import { reportServer } from './admin/server-report.js';
import { schemaStore, type SchemaStore } from './records/schema-store.js';

/** The backend over Redis Streams. */
export interface RedisBackend extends Backend {
  /** The schema store to pass to `redisCodec`. */
  readonly schemas: SchemaStore;
  /** Asks the server about itself and about topics, for operators. Changes nothing. */
  inspect(topics: readonly string[]): Promise<ServerFacts>;
}

const MAX_RECORD_BYTES = 1024 * 1024;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** Longer than the longest time that a Python member waits in one read, in ms. */
const PYTHON_POLL_MS = 70_000;

/**
 * The backend for Redis Streams. A topic is a stream, a group is a consumer group, a position is an entry id.
 *
 * - It connects at the first use. Throws `SettingsError` for invalid options.
 * - `move` treats a Python member as living for 70 s after it was last seen.
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
  // Publishing has its own connection, because WAIT delays all commands behind it.
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
    // The server executes one request while the next is encoded. With WAIT, the first would wait for both. On a
    // cluster, the client may send the first again after the second.
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
      // A consumer trims too: publishers may be short-lived or trim nothing. Dead letters may exist from before a
      // restart.
      for (const each of [topic, ...deadLetterTopics(topic, group)]) trimming.add(each);
      return new Consumption(context, subscription, handle, stop).run();
    },
    inspect: (topics) => inspectServer(connection(), topics),
    topics: () => allStreams(connection()),
    groups: (topic) => groupsOf(connection(), topic, PYTHON_POLL_MS),
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
