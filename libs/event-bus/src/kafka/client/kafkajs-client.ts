import kafkajs, { type Kafka, type KafkaConfig, type Producer, type ProducerConfig } from 'kafkajs';
import { Connections, REQUEST_MS } from './connections.js';
import type { Client } from '../port.js';
import type { KafkaOptions } from '../kafka.js';
import { COOPERATIVE_STICKY } from '../consume/assign/cooperative-sticky.js';
import { RANGE } from '../consume/assign/range.js';
import { GroupMember } from '../consume/group-member.js';
import { Cluster } from './cluster.js';
import { clusterOptions } from './cluster-options.js';
import { KafkaAdmin } from '../admin/admin.js';
import { writeRecords } from '../publish/produce-request.js';
import { onBrokers, withCluster } from './requests.js';
import { saslOptions } from '../security/sasl.js';
import { KafkaSender } from '../publish/sender.js';

/** The port on kafkajs. Nothing connects before its first use. */
export function openClient(options: Required<Omit<KafkaOptions, Optional>> & Pick<KafkaOptions, Optional>): Client {
  const client = makeKafka(options);
  const admin = new KafkaAdmin(new Cluster(clusterOptions(options)), { brokers: options.brokers });
  const sender = new KafkaSender(client, {
    timeoutMs: options.publishTimeoutMs,
    compression: options.compression,
    ensureTopic: (topic) => admin.createTopic(topic),
  });
  const { pollMs, sessionTimeoutMs, observe, instanceId } = options;
  const assignor = options.assignment === 'range' ? RANGE : COOPERATIVE_STICKY;
  return {
    admin,
    sender,
    observe,
    begun: new Set(),
    member: (membership, listener) =>
      new GroupMember(
        new Cluster(clusterOptions(options)),
        { ...membership, pollMs, sessionTimeoutMs, observe, assignor, instanceId },
        listener,
      ),
  };
}

type Optional = 'instanceId' | 'apiKey' | 'apiSecret' | 'tls' | 'sasl';

/** What kafkajs's `Kafka` makes. */
export interface Clients extends Pick<Kafka, 'admin' | 'consumer'> {
  /** `writesRecords` says that its messages have to be {@link RecordMessage}s, whose headers it does not need. */
  producer(options: ProducerConfig): { readonly producer: Producer; readonly writesRecords: boolean };
}

function makeKafka({ brokers, clientId, client, ...given }: Parameters<typeof openClient>[0]): Clients {
  const connections = new Connections();
  const { socketFactory } = client as Pick<KafkaConfig, 'socketFactory'>;
  const kafka = new kafkajs.Kafka({
    connectionTimeout: 3_000,
    requestTimeout: REQUEST_MS,
    retry: RETRY,
    ...security(given),
    ...client,
    brokers: [...brokers],
    clientId,
    // What fails rejects the call that asked for it; kafkajs would write to the console.
    logLevel: kafkajs.logLevel.NOTHING,
    socketFactory: connections.factory(socketFactory),
  });
  const { onTimeout } = connections;
  return {
    admin: (options) => {
      const admin = kafka.admin(options);
      admin.on(admin.events.REQUEST_TIMEOUT, onTimeout);
      return admin;
    },
    consumer: (options) => {
      const consumer = kafka.consumer(options);
      consumer.on(consumer.events.REQUEST_TIMEOUT, onTimeout);
      return consumer;
    },
    producer: (options) => {
      const { made: producer, isSeen } = withCluster(
        kafka,
        () => kafka.producer(options),
        (cluster) => onBrokers(cluster, writeRecords),
      );
      producer.on(producer.events.REQUEST_TIMEOUT, onTimeout);
      return { producer, writesRecords: isSeen };
    },
  };
}

function security({
  apiKey,
  apiSecret,
  tls,
  sasl,
}: Pick<KafkaOptions, Exclude<Optional, 'instanceId'>>): Partial<KafkaConfig> {
  const isKeyed = apiKey !== undefined && apiSecret !== undefined;
  const user = sasl ?? (isKeyed ? { mechanism: 'PLAIN' as const, username: apiKey, password: apiSecret } : undefined);
  const ssl = tls ?? isKeyed;
  return {
    ...(ssl === false ? {} : { ssl: ssl === true ? true : { ...ssl } }),
    ...(user === undefined ? {} : { sasl: saslOptions(user) }),
  };
}

/** About 4 s in all: what lasts longer is core's to wait for, which says so. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 6 };
