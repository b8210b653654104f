/** The folder of what was downloaded: `.cache`, or what EVENT_BUS_CACHE names. */
export declare const CACHE: string;

/** A running server, on 127.0.0.1 only. It ends with the process that started it, however that ends. */
export interface Server {
  /** Its data, settings and log; for a container only its name is the same. */
  readonly folder: string;
  /** From the start of its process until it answered. */
  readonly startedInMs: number;
  /** What it has logged since it was made. */
  readonly logs: () => Promise<string>;
  /** Ends it in order; its data stay. */
  readonly stop: () => Promise<void>;
  /** Ends it at once, as a crash does; its data stay. */
  readonly kill: () => Promise<void>;
  /** Holds it: connections stay open, nothing answers. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Stops it, if it runs, and starts it on the same data and ports; resolves when it answers. */
  readonly restart: () => Promise<void>;
  /** Kills it and removes its data. */
  readonly clear: () => Promise<void>;
}

/** Files in PEM. */
export interface KeyPair {
  readonly certFile: string;
  readonly keyFile: string;
  /** Both in one. */
  readonly pemFile: string;
}

/** A CA with what it has signed, and a pair of another CA. */
export interface Certificates {
  readonly caFile: string;
  /** For 127.0.0.1 and localhost. */
  readonly server: KeyPair;
  readonly client: KeyPair & { readonly encryptedKeyFile: string; readonly passphrase: string };
  readonly stranger: KeyPair & { readonly caFile: string };
}

/** Makes certificates, by openssl, that are good for two days. */
export function certificates(folder: string): Promise<Certificates>;

export type KafkaVersion = '3.9' | '4.1';

/** A cluster; what is called on it happens to all nodes. */
export interface Kafka extends Server {
  readonly brokers: readonly string[];
  /** The brokers, as EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS takes them. */
  readonly bootstrapServers: string;
  readonly nodes: readonly Server[];
  /** With `security`, host:port of each listener: TLS, mutual TLS, passwords over TLS and without it, OAuth tokens over TLS. */
  readonly secured?: Readonly<Record<'tls' | 'mutual' | 'sasl' | 'plainSasl' | 'oauth', string>>;
}

/** Listeners with passwords and certificates, beside the plain one whose clients may do everything. */
export interface KafkaSecurity {
  readonly certificates: Certificates;
  /** By PLAIN and by both SCRAM mechanisms; who is no admin has no rights until they are granted. */
  readonly users: readonly { readonly name: string; readonly password: string; readonly isAdmin?: boolean }[];
  /** How long a connection with a token may last at most, in ms; by default as long as its token. */
  readonly sessionMs?: number;
}

export type KafkaConfig = Readonly<Record<string, string | number>>;

/** Starts Kafka; every node is broker and controller. `config` is added to the properties of each broker. */
export function kafka(options?: {
  readonly version?: KafkaVersion;
  readonly nodes?: number;
  readonly config?:
    | KafkaConfig
    | ((node: { readonly id: number; readonly port: number; readonly controllerPort: number }) => KafkaConfig);
  /** Of each node. Default 512. */
  readonly heapMb?: number;
  /** Taken for the first node when it is free. */
  readonly port?: number;
  /** Not in containers. */
  readonly security?: KafkaSecurity;
}): Promise<Kafka>;

export interface Registry extends Server {
  /** As EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL takes it. */
  readonly url: string;
}

/** Starts a registry with Confluent's interface, which keeps its schemas in its folder and asks for BACKWARD compatibility. */
export function registry(options?: {
  /** Taken when it is free. */
  readonly port?: number;
}): Promise<Registry>;

export interface Redis extends Server {
  /** As EVENT_BUS_REDIS_CONNECTION_URL takes it. */
  readonly url: string;
  /** The certificate that a client has to trust, with `tls`. */
  readonly caFile?: string;
}

/** Starts Redis. `config` is added as in redis.conf; `requirepass` is part of the URL. */
export function redis(options?: {
  /** Whether what was written outlives the process; true by default. */
  readonly appendonly?: boolean;
  /** Mutual: clients must have a certificate. */
  readonly tls?: boolean | { readonly certificates: Certificates; readonly isMutual?: boolean };
  readonly config?: Readonly<Record<string, string>>;
  /** Taken when it is free. */
  readonly port?: number;
}): Promise<Redis>;

/** It cannot be held: each connection has a process of its own. */
export interface Postgres extends Omit<Server, 'pause' | 'resume'> {
  /** Of an empty database, whose owner needs no password. */
  readonly url: string;
}

/** Starts PostgreSQL 15 or newer, never in a container. */
export function postgres(): Promise<Postgres>;

export interface RedisWithReplica {
  /** Of the first master. */
  readonly url: string;
  /** As EVENT_BUS_REDIS_CLIENT_OPTIONS takes it: whoever is the master is found by Sentinel. */
  readonly client: Readonly<Record<string, unknown>>;
  /** The first master and the first replica. */
  readonly nodes: readonly [Redis, Redis];
  /** Of the master of now. */
  readonly masterUrl: () => Promise<string>;
  readonly clear: () => Promise<void>;
}

/** Starts a Redis, its replica, and a Sentinel that makes the replica the master after a second without an answer. */
export function redisWithReplica(options?: {
  readonly config?: Readonly<Record<string, string>>;
}): Promise<RedisWithReplica>;

export interface RedisCluster {
  /** Of the first node. */
  readonly url: string;
  /** As EVENT_BUS_REDIS_CLIENT_OPTIONS takes it. */
  readonly client: { readonly clusterNodes: readonly { readonly host: string; readonly port: number }[] };
  /** The first three masters, then their replicas. */
  readonly nodes: readonly Redis[];
  /** Who serves a key now. */
  readonly masterOf: (key: string) => Promise<Redis>;
  readonly clear: () => Promise<void>;
}

/** Starts a Redis cluster of three masters, each with a replica if that is asked for, which takes over 1.5 s after its master went silent. */
export function redisCluster(options?: {
  readonly replicas?: boolean;
  readonly config?: Readonly<Record<string, string>>;
}): Promise<RedisCluster>;

/** Gets what a start needs: from the cache, else from Maven or the system's packages. Rejects naming what is missing and how to get it. */
export function prepareKafka(version: KafkaVersion): Promise<void>;
/** The same for one with `security`. */
export function prepareSecuredKafka(version: KafkaVersion): Promise<void>;
export function prepareRegistry(): Promise<void>;
export function prepareRedis(): Promise<void>;
export function preparePostgres(): Promise<void>;
/** The same for a cluster. */
export function prepareRedisCluster(): Promise<void>;
