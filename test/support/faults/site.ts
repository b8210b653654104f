import { randomBytes } from 'node:crypto';
import type { Backend, RecordCodec } from 'nest-event-bus/core';
import { bareCodec } from 'nest-event-bus/avro';
import { embedded } from 'nest-event-bus/embedded';
import { confluentCodec, kafka, schemaRegistry } from 'nest-event-bus/kafka';
import { redis, redisCodec } from 'nest-event-bus/redis';
import {
  type Kafka,
  kafka as startKafka,
  type KafkaVersion,
  redis as startRedis,
  redisCluster,
  type RedisCluster,
  type Redis,
  redisWithReplica,
  type RedisWithReplica,
  type Server,
} from '../../../tools/servers/index.mjs';
import { freePort } from '../../../tools/servers/ports.mjs';
import { NUMBERED } from '../../apps/src/events.js';
import { kafkaEnv, makeTopic } from '../kafka.js';
import { start } from '../process.js';
import type { Workbench } from '../workbench.js';
import { type Proxy, proxy } from './proxy.js';

/** A backend in one of the ways to run it. */
export type SiteName = 'embedded' | 'Redis' | 'Redis, exclusive' | 'Kafka 3.9' | 'Kafka 4.1';

/** The environment of a fault test: a broker of its own, and a connection to it that can be broken. */
export interface Site {
  readonly name: SiteName;
  /** The settings for this broker. */
  readonly env: Readonly<Record<string, string>>;
  /** Texts that no log may contain. */
  readonly secrets: readonly string[];
  /** Whether events with one key keep their order across members. */
  readonly keepsOrder: boolean;
  /** How many windows of EVENT_BUS_CONSUMER_MAX_IN_FLIGHT a member can have: one per partition. */
  readonly windows: number;
  /** The broker. `undefined` for the embedded backend. */
  readonly server: Server | undefined;
  /** The proxy to the broker. `undefined` if there is none. */
  readonly way: Proxy | undefined;
  prepareTopic(topic: string): Promise<void>;
  /** Blocks everything that members send to the broker. Resolves with a function that ends the block. */
  hold(bench: Workbench): Promise<() => Promise<void>>;
  /** Opens the backend without the proxy, and its codec. */
  open(bench: Workbench): { readonly backend: Backend; readonly codec: Pick<RecordCodec, 'idOf'> };
  clear(): Promise<void>;
}

/** How long a member without a sign of life keeps its records with the settings below, in ms. */
export const CLAIM_MS: Readonly<Record<SiteName, number>> = {
  embedded: 3_000,
  Redis: 1_500,
  'Redis, exclusive': 1_500,
  'Kafka 3.9': 6_000,
  'Kafka 4.1': 6_000,
};

export const PARTITIONS = 3;

/** The embedded backend. Its file is in the folder of each test. */
export function embeddedSite(): Site {
  return {
    name: 'embedded',
    env: { EVENT_BUS_EMBEDDED_AUDIT_LOGGING_ENABLED: 'false' },
    secrets: [],
    keepsOrder: true,
    windows: 1,
    server: undefined,
    way: undefined,
    prepareTopic: () => Promise.resolve(),
    async hold(bench) {
      const holder = start(process.execPath, ['test/support/faults/lock-holder.mjs', pathOf(bench)]);
      await holder.says(/LOCKED/);
      return async () => {
        await holder.stop('SIGKILL');
      };
    },
    open: (bench) => ({ backend: embedded({ path: pathOf(bench) }), codec: bareCodec({ definitions: [NUMBERED] }) }),
    clear: () => Promise.resolve(),
  };
}

/** The path of the file, which a test may have changed. */
function pathOf({ env, path }: Workbench): string {
  return env['EVENT_BUS_EMBEDDED_PATH'] ?? path;
}

/** A Redis with a password behind a proxy. `config` adds to the server's configuration. */
export async function redisSite(isExclusive: boolean, config: Readonly<Record<string, string>> = {}): Promise<Site> {
  const password = secret();
  const server = await startRedis({ config: { ...config, requirepass: password } });
  const direct = new URL(server.url);
  const way = await proxy(Number(direct.port));
  const url = new URL(server.url);
  url.port = String(way.port);
  return {
    name: isExclusive ? 'Redis, exclusive' : 'Redis',
    env: {
      EVENT_BUS_PRODUCER: 'redis',
      EVENT_BUS_CONSUMER: 'redis',
      EVENT_BUS_REDIS_CONNECTION_URL: url.toString(),
      EVENT_BUS_REDIS_CLAIM_TIME: '1.5',
      EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED: 'false',
      EVENT_BUS_REDIS_EXCLUSIVE: String(isExclusive),
    },
    secrets: [password],
    keepsOrder: isExclusive,
    windows: 1,
    server,
    way,
    prepareTopic: () => Promise.resolve(),
    hold: () => held(way),
    open: () => {
      const backend = redis({ url: server.url });
      return { backend, codec: redisCodec({ definitions: [NUMBERED], schemas: backend.schemas }) };
    },
    async clear() {
      await way.close();
      await server.clear();
    },
  };
}

/** A Redis master and a replica, found through Sentinel. */
export async function redisFailoverSite(): Promise<Site & { readonly servers: RedisWithReplica }> {
  const servers = await redisWithReplica();
  return { ...redisOf(servers.url, servers.client), servers, clear: () => servers.clear() };
}

/**
 * A Redis master and a replica behind a proxy, without Sentinel. The first server is the master; the proxy leads to it.
 */
export async function redisProxySite(): Promise<
  Site & { readonly servers: readonly [Redis, Redis]; readonly way: Proxy }
> {
  const config = { 'repl-diskless-sync-delay': '0' };
  const servers = [await startRedis({ config }), await startRedis({ config })] as const;
  const way = await proxy(portOf(servers[0]));
  return {
    ...redisOf(`redis://127.0.0.1:${way.port}`, {}),
    servers,
    way,
    hold: () => held(way),
    async clear() {
      await way.close();
      await Promise.all(servers.map((server) => server.clear()));
    },
  };
}

/** A Redis cluster of three masters, each with a replica. */
export async function redisClusterSite(): Promise<Site & { readonly cluster: RedisCluster }> {
  const cluster = await redisCluster({ replicas: true });
  return { ...redisOf(cluster.url, cluster.client), cluster, clear: () => cluster.clear() };
}

export function portOf({ url }: Pick<Redis, 'url'>): number {
  return Number(new URL(url).port);
}

function redisOf(url: string, client: Readonly<Record<string, unknown>>): Omit<Site, 'clear'> {
  return {
    name: 'Redis',
    env: {
      EVENT_BUS_PRODUCER: 'redis',
      EVENT_BUS_CONSUMER: 'redis',
      EVENT_BUS_REDIS_CONNECTION_URL: url,
      EVENT_BUS_REDIS_CLIENT_OPTIONS: JSON.stringify(client),
      EVENT_BUS_REDIS_CLAIM_TIME: '1.5',
      EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED: 'false',
    },
    secrets: [],
    keepsOrder: false,
    windows: 1,
    server: undefined,
    way: undefined,
    prepareTopic: () => Promise.resolve(),
    hold: () => Promise.reject(new Error('There is no proxy on the way to this Redis.')),
    open: () => {
      const backend = redis({ url, client });
      return { backend, codec: redisCodec({ definitions: [NUMBERED], schemas: backend.schemas }) };
    },
  };
}

/** A Kafka broker. All clients connect through a proxy. The registry may be shared. */
export async function kafkaSite(version: KafkaVersion, registry: string): Promise<Site> {
  const way = await proxy();
  const port = await freePort();
  way.target = port;
  const server = await startKafka({
    version,
    port,
    config: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${way.port}` },
  });
  return siteOf(server, { name: `Kafka ${version}`, brokers: `127.0.0.1:${way.port}`, registry, way });
}

/** Three Kafka brokers with three replicas of everything. Two must have a record before it is confirmed. */
export async function kafkaClusterSite(registry: string): Promise<Site & { readonly server: Kafka }> {
  const server = await startKafka({
    nodes: 3,
    config: { 'default.replication.factor': 3, 'min.insync.replicas': 2, 'replica.lag.time.max.ms': 5_000 },
  });
  return {
    ...siteOf(server, { name: 'Kafka 3.9', brokers: server.bootstrapServers, registry, way: undefined }),
    server,
  };
}

interface KafkaPlace {
  readonly name: SiteName;
  readonly brokers: string;
  readonly registry: string;
  readonly way: Proxy | undefined;
}

function siteOf(server: Kafka, { name, brokers, registry, way }: KafkaPlace): Site {
  const password = secret();
  return {
    name,
    env: {
      ...kafkaEnv(brokers, registry),
      // The registry of the tests needs no credentials, but they must not be logged either.
      EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_KEY: 'tests',
      EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_SECRET: password,
    },
    secrets: [password, Buffer.from(`tests:${password}`).toString('base64')],
    keepsOrder: true,
    windows: PARTITIONS,
    server,
    way,
    prepareTopic: (topic) => makeTopic(brokers, topic, PARTITIONS),
    hold: () => {
      if (way === undefined) throw new Error('There is no proxy on the way to these brokers.');
      return held(way);
    },
    open: () => ({
      backend: kafka({ brokers: brokers.split(',') }),
      codec: confluentCodec({ definitions: [NUMBERED], registry: schemaRegistry({ url: registry }) }),
    }),
    async clear() {
      await way?.close();
      await server.clear();
    },
  };
}

function held(way: Proxy): Promise<() => Promise<void>> {
  way.hold();
  return Promise.resolve(() => {
    way.release();
    return Promise.resolve();
  });
}

function secret(): string {
  return `sesame-${randomBytes(8).toString('hex')}`;
}
