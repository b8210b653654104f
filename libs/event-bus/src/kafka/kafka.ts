import type { Backend, ReceivedRecord } from '../core/backend.js';
import { SettingsError, UnavailableError } from '../core/errors.js';
import type { TlsOptions } from '../core/tls.js';
import { BROKER_ADDRESS, BROKER_ADDRESSES } from './broker-address.js';
import { CLIENT_OPTIONS, uselessClientOptions } from './client-options.js';
import { openClient } from './open-client.js';
import { Consumption } from './consume/consumption.js';
import { createGroup, positionsOf, readTopic } from './admin/groups.js';
import { moveGroup } from './admin/move.js';
import type { Assignment } from './consume/assign/assignor.js';
import { checkSession } from './consume/refusals.js';
import type { Observe } from './reporter.js';
import type { Compression } from './records/compression.js';
import type { KafkaSasl } from './security/sasl.js';

export interface KafkaOptions {
  /** `host:port`, or `[address]:port` for an address of IPv6; at least one. */
  readonly brokers: readonly string[];
  /** The name by which brokers know this process. Default `nest-event-bus`. */
  readonly clientId?: string;
  /** With `apiSecret`: SASL PLAIN over TLS, as Confluent Cloud has it. */
  readonly apiKey?: string;
  readonly apiSecret?: string;
  /** Whether TLS is spoken, and how. Default: as `apiKey` says, else not. */
  readonly tls?: boolean | TlsOptions;
  /** In place of `apiKey`. */
  readonly sasl?: KafkaSasl;
  /** Of kafkajs's `KafkaConfig`, `connectionTimeout`, `reauthenticationThreshold`, `sasl`, `socketFactory` and `ssl`, and no others; they win over everything here. */
  readonly client?: Readonly<Record<string, unknown>>;
  /** How long a publish waits for company when none is under way, in ms. Default 0: those made while another travels go together anyhow. */
  readonly lingerMs?: number;
  /** Default `none`. What is read may have any of them, whatever this says. */
  readonly compression?: Compression;
  /** How long a publish may be tried, in ms. Default 30,000. */
  readonly publishTimeoutMs?: number;
  /** The largest record to publish, dead letters included, in bytes. Default 1,047,552, as brokers take batches of 1 MiB and 12 bytes by default. */
  readonly maxRecordBytes?: number;
  /** How long a broker may wait for records before it answers, in ms. Default 250. */
  readonly pollMs?: number;
  /** How long a member that gives no sign of life keeps its partitions, in ms. Default 30,000. */
  readonly sessionTimeoutMs?: number;
  /**
   * How groups divide partitions, by the names of Kafka's own clients and librdkafka; all members of a group need the same. Default `range`, as
   * Python members have it. With `cooperative-sticky` a rebalance stops only the partitions that move.
   */
  readonly assignment?: Assignment;
  /**
   * Makes the consumer a static member of its group: one that comes back under the same name within the session timeout gets its partitions back
   * without a rebalance, and one that stops keeps them that long. No two processes of a group may have the same.
   */
  readonly instanceId?: string;
  /** Hears what an operator should know about brokers, topics and groups. */
  readonly observe?: Observe;
}

/** Some of what brokers take is for the batch itself and for the lengths of headers. */
const MAX_RECORD_BYTES = 1024 * 1024 - 1024;

/**
 * Kafka 3.9 or 4.
 *
 * A position is `partition:offset`. Throws `SettingsError` for options that cannot be; connects at its first use.
 */
export function kafka({
  brokers,
  clientId = 'nest-event-bus',
  client = {},
  lingerMs = 0,
  compression = 'none',
  publishTimeoutMs = 30_000,
  maxRecordBytes = MAX_RECORD_BYTES,
  pollMs = 250,
  sessionTimeoutMs = 30_000,
  assignment = 'range',
  observe = () => undefined,
  ...keys
}: KafkaOptions): Backend {
  const options = {
    brokers,
    clientId,
    client,
    lingerMs,
    compression,
    publishTimeoutMs,
    maxRecordBytes,
    pollMs,
    sessionTimeoutMs,
    assignment,
    observe,
    ...keys,
  };
  check(options);
  const port = openClient(options);
  const { admin, sender } = port;
  let closing: Promise<void> | undefined;
  const whileOpen = <Result>(doing: () => Promise<Result>): Promise<Result> =>
    closing === undefined ? doing() : Promise.reject(new UnavailableError('Kafka: the backend is closed.'));
  return {
    name: 'kafka',
    location: brokers.join(','),
    maxRecordBytes,
    publish: (records, options) => sender.publish(records, options),
    consume: (subscription, handle, stop) => whileOpen(() => new Consumption(port, subscription, handle, stop).run()),
    createTopic: (topic) => whileOpen(() => admin.createTopic(topic)),
    createGroup: (topic, group, start) =>
      whileOpen(async () => {
        const isNew = await createGroup(port, topic, group, start);
        await checkSession(admin, sessionTimeoutMs);
        return isNew;
      }),
    positions: (topic, group) => whileOpen(() => positionsOf(admin, topic, group)),
    move: (topic, group, to, { dryRun = false, once } = {}) =>
      whileOpen(() => moveGroup(admin, { topic, group, to, dryRun, once })),
    read: (topic): AsyncIterable<ReceivedRecord> => readTopic(admin, topic),
    ping: () => whileOpen(() => admin.ping()),
    close: () =>
      (closing ??= (async () => {
        await sender.close();
        await admin.close();
      })()),
  };
}

function check({
  brokers,
  apiKey,
  apiSecret,
  sasl,
  client = {},
  assignment,
  instanceId,
  ...numbers
}: KafkaOptions & Readonly<Record<Bounded, number>>): void {
  const problems: string[] = [];
  if (brokers.length === 0 || !brokers.every((broker) => BROKER_ADDRESS.test(broker)))
    problems.push(`brokers: ${JSON.stringify(brokers)} was given; allowed: ${BROKER_ADDRESSES}; at least one.`);
  if ((apiKey === undefined) !== (apiSecret === undefined))
    problems.push('apiKey, apiSecret: one of them was given; allowed are both or none.');
  if (apiKey !== undefined && sasl !== undefined) problems.push('apiKey, sasl: both were given; allowed is one.');
  const useless = uselessClientOptions(client);
  if (useless.length > 0)
    problems.push(`client: ${useless.join(', ')} was given; allowed are ${CLIENT_OPTIONS.join(', ')}.`);
  if (assignment !== 'range' && assignment !== 'cooperative-sticky')
    problems.push(`assignment: ${assignment} was given; allowed are range and cooperative-sticky.`);
  if (instanceId !== undefined && !/^[\w.-]{1,249}$/.test(instanceId))
    problems.push(
      `instanceId: ${instanceId} was given; allowed are up to 249 letters, digits, dots, underscores and hyphens.`,
    );
  const isWithin = (name: Bounded, least: number, most: number) => {
    const value = numbers[name];
    if (!(value >= least && value <= most))
      problems.push(`${name}: ${value} was given; allowed are numbers from ${least} to ${most}.`);
  };
  isWithin('lingerMs', 0, 60_000);
  isWithin('pollMs', 1, 60_000);
  isWithin('sessionTimeoutMs', 1_000, 3_600_000);
  if (numbers.pollMs > numbers.sessionTimeoutMs)
    problems.push(
      `pollMs: ${numbers.pollMs} was given; allowed are numbers up to sessionTimeoutMs, ${numbers.sessionTimeoutMs}.`,
    );
  isWithin('maxRecordBytes', 1_000, 100_000_000);
  if (problems.length > 0) throw new SettingsError(problems.map((problem) => `kafka: ${problem}`).join('\n'));
}

type Bounded = 'lingerMs' | 'pollMs' | 'sessionTimeoutMs' | 'maxRecordBytes';
