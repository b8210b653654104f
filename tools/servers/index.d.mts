/** The folder for downloads: `.cache`, or EVENT_BUS_CACHE. */
export declare const CACHE: string;

/** A running server on 127.0.0.1. It ends with the process that started it, also if that is killed. */
export interface Server {
  /** The folder with its data, settings and log. For a container, only the name is used. */
  readonly folder: string;
  /** The time from the start of its process until it answered. */
  readonly startedInMs: number;
  /** The complete log of the server. */
  readonly logs: () => Promise<string>;
  /** Stops it in order and keeps its data. */
  readonly stop: () => Promise<void>;
  /** Kills it, like a crash, and keeps its data. */
  readonly kill: () => Promise<void>;
  /** Suspends it: connections stay open, but nothing answers. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Stops it if it runs, and starts it with the same data and ports. Resolves when it answers. */
  readonly restart: () => Promise<void>;
  /** Kills it and removes its data. */
  readonly clear: () => Promise<void>;
}

/** PEM files. */
export interface KeyPair {
  readonly certFile: string;
  readonly keyFile: string;
  /** The key and the certificate in one file. */
  readonly pemFile: string;
}

/** A CA with the pairs that it signed, and a pair of another CA. */
export interface Certificates {
  readonly caFile: string;
  /** For 127.0.0.1 and localhost. */
  readonly server: KeyPair;
  readonly client: KeyPair & { readonly encryptedKeyFile: string; readonly passphrase: string };
  readonly stranger: KeyPair & { readonly caFile: string };
}

/** Creates certificates with openssl. They are valid for two days. */
export function certificates(folder: string): Promise<Certificates>;

export type KafkaVersion = '3.9' | '4.1';

/** A Kafka cluster. The methods apply to all nodes. */
export interface Kafka extends Server {
  readonly brokers: readonly string[];
  /** The brokers in the form of EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS. */
  readonly bootstrapServers: string;
  readonly nodes: readonly Server[];
  /**
   * With `security`: host:port of the listeners for TLS, mutual TLS, passwords with and without TLS, and OAuth tokens
   * over TLS.
   */
  readonly secured?: Readonly<Record<'tls' | 'mutual' | 'sasl' | 'plainSasl' | 'oauth', string>>;
}

/** Listeners with passwords and certificates, besides the plain one. Clients of the plain one may do everything. */
export interface KafkaSecurity {
  readonly certificates: Certificates;
  /** Users for PLAIN and both SCRAM mechanisms. Without `isAdmin` a user has no rights until they are granted. */
  readonly users: readonly { readonly name: string; readonly password: string; readonly isAdmin?: boolean }[];
  /** The maximum time of a connection with a token, in ms. Default: as long as the token is valid. */
  readonly sessionMs?: number;
}

export type KafkaConfig = Readonly<Record<string, string | number>>;

/** Starts Kafka. Every node is a broker and a controller. `config` is added to the properties of each broker. */
export function kafka(options?: {
  readonly version?: KafkaVersion;
  readonly nodes?: number;
  readonly config?:
    | KafkaConfig
    | ((node: { readonly id: number; readonly port: number; readonly controllerPort: number }) => KafkaConfig);
  /** The heap of each node. Default 512. */
  readonly heapMb?: number;
  /** Used for the first node if it is free. */
  readonly port?: number;
  /** Not available in containers. */
  readonly security?: KafkaSecurity;
}): Promise<Kafka>;

export interface Registry extends Server {
  /** In the form of EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL. */
  readonly url: string;
}

/** Starts a registry with Confluent's API. It keeps schemas in its folder and requires BACKWARD compatibility. */
export function registry(options?: {
  /** Used if it is free. */
  readonly port?: number;
}): Promise<Registry>;

export interface Redis extends Server {
  /** In the form of EVENT_BUS_REDIS_CONNECTION_URL. */
  readonly url: string;
  /** With `tls`: the certificate that clients must trust. */
  readonly caFile?: string;
}

/** Starts Redis. `config` has the form of redis.conf. `requirepass` becomes part of the URL. */
export function redis(options?: {
  /** Whether written data survives the process. Default true. */
  readonly appendonly?: boolean;
  /** With `isMutual`, clients must have a certificate. */
  readonly tls?: boolean | { readonly certificates: Certificates; readonly isMutual?: boolean };
  readonly config?: Readonly<Record<string, string>>;
  /** Used if it is free. */
  readonly port?: number;
}): Promise<Redis>;

/** PostgreSQL. It cannot be suspended, because each connection has its own process. */
export interface Postgres extends Omit<Server, 'pause' | 'resume'> {
  /** The URL of an empty database. Its owner needs no password. */
  readonly url: string;
}

/** Starts PostgreSQL 15 or newer, never in a container. */
export function postgres(): Promise<Postgres>;

export interface RedisWithReplica {
  /** The URL of the first master. */
  readonly url: string;
  /** In the form of EVENT_BUS_REDIS_CLIENT_OPTIONS. Sentinel finds the current master. */
  readonly client: Readonly<Record<string, unknown>>;
  /** The first master and the first replica. */
  readonly nodes: readonly [Redis, Redis];
  /** The URL of the current master. */
  readonly masterUrl: () => Promise<string>;
  readonly clear: () => Promise<void>;
}

/** Starts a Redis, its replica, and a Sentinel. The replica becomes the master if that does not answer for a second. */
export function redisWithReplica(options?: {
  readonly config?: Readonly<Record<string, string>>;
}): Promise<RedisWithReplica>;

export interface RedisCluster {
  /** The URL of the first node. */
  readonly url: string;
  /** In the form of EVENT_BUS_REDIS_CLIENT_OPTIONS. */
  readonly client: { readonly clusterNodes: readonly { readonly host: string; readonly port: number }[] };
  /** The first three masters, then their replicas. */
  readonly nodes: readonly Redis[];
  /** The node that serves a key now. */
  readonly masterOf: (key: string) => Promise<Redis>;
  readonly clear: () => Promise<void>;
}

/**
 * Starts a Redis cluster of three masters. With `replicas`, each has a replica that takes over after 1.5 s without an
 * answer.
 */
export function redisCluster(options?: {
  readonly replicas?: boolean;
  readonly config?: Readonly<Record<string, string>>;
}): Promise<RedisCluster>;

/**
 * Gets the files for a start from the cache, otherwise from Maven or the system's packages. Rejects with what is
 * missing and how to get it.
 */
export function prepareKafka(version: KafkaVersion): Promise<void>;
/** The same for a Kafka with `security`. */
export function prepareSecuredKafka(version: KafkaVersion): Promise<void>;
export function prepareRegistry(): Promise<void>;
export function prepareRedis(): Promise<void>;
export function preparePostgres(): Promise<void>;
/** The same for a Redis cluster. */
export function prepareRedisCluster(): Promise<void>;

/** Resolves with the path of promtool. Rejects if it cannot be had. */
export declare function promtool(): Promise<string>;
