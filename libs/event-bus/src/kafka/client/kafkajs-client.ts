import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs';
import { Connections, REQUEST_MS } from './connections.js';
import type { Client } from '../port.js';
import type { KafkaOptions } from '../kafka.js';
import { KafkaMembership } from '../consume/membership.js';
import { KafkaOffice } from '../admin/office.js';
import type { Codec } from '../publish/batch-writer.js';
import { saslOptions } from '../security/sasl.js';
import { Producer as OurProducer } from '../publish/producer.js';
import { Cluster } from './cluster.js';
import { clusterOptions } from './cluster-options.js';

/** The port on kafkajs. Nothing connects before its first use. */
export function openClient(options: Required<Omit<KafkaOptions, Optional>> & Pick<KafkaOptions, Optional>): Client {
  const client = makeKafka(options);
  const office = new KafkaOffice(client, options.brokers);
  const sender = new OurProducer(new Cluster(clusterOptions(options)), {
    timeoutMs: options.publishTimeoutMs,
    maxRecordBytes: options.maxRecordBytes,
    lingerMs: options.lingerMs,
    codec: codecOf(options.compression),
    ensureTopic: (topic) => office.createTopic(topic),
  });
  const { pollMs, sessionTimeoutMs } = options;
  return {
    office,
    sender,
    member: (membership, listener) =>
      new KafkaMembership(
        client,
        {
          ...membership,
          pollMs,
          sessionTimeoutMs,
          countPartitions: async (topic) => (await office.extents(topic)).length,
        },
        listener,
      ),
  };
}

type Optional = 'apiKey' | 'apiSecret' | 'tls' | 'sasl';

/** What kafkajs's `Kafka` makes. */
export type Clients = Pick<Kafka, 'admin' | 'consumer'>;

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
  };
}

function security({ apiKey, apiSecret, tls, sasl }: Pick<KafkaOptions, Optional>): Partial<KafkaConfig> {
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

/** The other codecs come with `records/compression.ts`. */
function codecOf(compression: string): Codec | undefined {
  return compression === 'none' ? undefined : { number: 1, compress: promisify(gzip) };
}
