import type { Backend, ReceivedRecord } from '../core/backend.js';
import { SettingsError, UnavailableError } from '../core/errors.js';
import { BROKER_ADDRESS, BROKER_ADDRESSES } from './broker-address.js';
import { CLIENT_OPTIONS, uselessClientOptions } from './client-options.js';
import { openClient } from './open-client.js';
import type { KafkaOptions } from './options.js';
import type { NewTopic } from './protocol/create-topics.js';
import { Consumption } from './consume/consumption.js';
import { createGroup, positionsOf, readTopic, theTopic } from './admin/groups.js';
import type { ClusterFacts } from './admin/facts.js';
import { moveGroup } from './admin/move.js';
import type { SchemaSource } from './registry/schema-source.js';
import { checkSession } from './consume/refusals.js';

/** The backend that `kafka()` returns. */
export interface KafkaBackend extends Backend {
  /** The source of schemas that was given in the options, for the codec. */
  readonly schemaRegistry?: SchemaSource;
  /** Resolves with the number of the topic's partitions, `undefined` if the topic does not exist. */
  partitions(topic: string): Promise<number | undefined>;
  /** Asks the cluster about itself and about topics, for operators. Changes nothing. */
  inspect(topics: readonly string[]): Promise<ClusterFacts>;
  /** Creates the topic with these properties, unless it exists. */
  createTopic(topic: string, properties?: Omit<NewTopic, 'topic'>): Promise<void>;
}

/** Brokers accept batches of 1 MiB by default. The rest is for the header of the batch and the lengths of headers. */
const MAX_RECORD_BYTES = 1024 * 1024 - 1024;

/**
 * The backend for Kafka 3.9 or 4.
 *
 * A position is `partition:offset`. Throws `SettingsError` for invalid options. Connects on first use.
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
  schemaRegistry,
  observe = () => undefined,
  ...keys
}: KafkaOptions): KafkaBackend {
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
    ...(schemaRegistry === undefined ? {} : { schemaRegistry }),
    name: 'kafka',
    location: brokers.join(','),
    maxRecordBytes,
    publish: (records, options) => sender.publish(records, options),
    consume: (subscription, handle, stop) => whileOpen(() => new Consumption(port, subscription, handle, stop).run()),
    inspect: (topics) => whileOpen(() => admin.inspect(topics)),
    topics: () => whileOpen(() => admin.topics()),
    groups: (topic) =>
      whileOpen(async () => {
        await theTopic(admin, topic);
        return admin.groups(topic);
      }),
    createTopic: (topic, properties) => whileOpen(() => admin.createTopic(topic, properties)),
    createGroup: (topic, group, start) =>
      whileOpen(async () => {
        const isNew = await createGroup(port, topic, group, start);
        await checkSession(admin, sessionTimeoutMs);
        return isNew;
      }),
    positions: (topic, group) => whileOpen(() => positionsOf(admin, topic, group)),
    move: (topic, group, to, { dryRun = false, once } = {}) =>
      whileOpen(() => moveGroup(admin, { topic, group, to, dryRun, once })),
    partitions: (topic) => whileOpen(() => admin.partitions(topic)),
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
