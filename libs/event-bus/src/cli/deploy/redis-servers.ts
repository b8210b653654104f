import type { EventBusSettings } from '../../nest/settings/event-bus-settings.js';
import { placeOf } from '../../redis/client/url.js';
import { defined } from './trigger.js';

/** Where KEDA finds the stream: one server, Sentinels or a cluster. */
export interface RedisServers {
  /** The type of KEDA's trigger. */
  readonly type: 'redis-streams' | 'redis-sentinel-streams' | 'redis-cluster-streams';
  readonly metadata: Readonly<Record<string, string>>;
  readonly keyPrefix: string;
  readonly hasPassword: boolean;
  readonly hasSentinelPassword: boolean;
  /** Whether the client options set TLS. */
  readonly hasTlsOptions: boolean;
}

/** Reads the servers from the URL and the client options. The options win, as in ioredis. */
export function redisServers({ redisConnectionUrl = '', redisClientOptions }: EventBusSettings): RedisServers {
  const { host, port, db, username, password } = placeOf(redisConnectionUrl);
  const { clusterNodes, redisOptions, ...own } = redisClientOptions;
  const options = clusterNodes === undefined ? own : { ...asObject(redisOptions) };
  const given = {
    username: textOf(options['username']) ?? username,
    databaseIndex: textOf(options['db']) ?? `${db}`,
    sentinelMaster: textOf(options['name']),
    sentinelUsername: textOf(options['sentinelUsername']),
  };
  const shared = {
    keyPrefix: textOf(options['keyPrefix']) ?? '',
    hasPassword: (textOf(options['password']) ?? password) !== undefined,
    hasSentinelPassword: textOf(options['sentinelPassword']) !== undefined,
    hasTlsOptions: options['tls'] !== undefined,
  };
  const { username: user, databaseIndex } = given;
  if (clusterNodes !== undefined)
    return {
      ...shared,
      type: 'redis-cluster-streams',
      metadata: defined({ addresses: addressesOf(clusterNodes, 6379), username: user }),
    };
  if (options['sentinels'] !== undefined)
    return {
      ...shared,
      type: 'redis-sentinel-streams',
      metadata: defined({ addresses: addressesOf(options['sentinels'], 26379), ...given, username: user }),
    };
  const address = addressOf({ host: options['host'] ?? host, port: options['port'] ?? port }, 6379);
  return { ...shared, type: 'redis-streams', metadata: defined({ address, username: user, databaseIndex }) };
}

function addressesOf(nodes: unknown, port: number): string {
  return (Array.isArray(nodes) ? nodes : []).map((node: unknown) => addressOf(node, port)).join(',');
}

/** ioredis takes `{ host, port }`, a port, `host:port` or a URL. */
function addressOf(node: unknown, defaultPort: number): string {
  if (typeof node === 'number') return `127.0.0.1:${node}`;
  if (typeof node === 'string') {
    const { hostname, port } = new URL(node.includes('://') ? node : `redis://${node}`);
    return `${hostname}:${port === '' ? defaultPort : port}`;
  }
  const { host, port } = asObject(node);
  const name = textOf(host) ?? '127.0.0.1';
  return `${name.includes(':') ? `[${name}]` : name}:${textOf(port) ?? defaultPort}`;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : undefined;
}
