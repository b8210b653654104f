import type { ConnectionOptions } from 'node:tls';
import { Cluster, type ClusterNode, Redis } from 'ioredis';
import { isReadOnly, onReplica } from './failure.js';
import { masterConnector } from './master-connector.js';
import type { Server } from './server.js';
import { type Place, placeOf } from './url.js';

export type Client = Redis | Cluster;

const LONGEST_RETRY_MS = 1_000;

/**
 * A client that never sends a command twice and queues no commands while it is disconnected. It drops a connection to a
 * replica, because the same name or proxy may lead to the new master next time. Commands in flight are answered or
 * reject.
 */
export function clientOf({ url, client, tls: secure = {} }: Server, reconnects: boolean): Client {
  const retryStrategy = (times: number) =>
    reconnects ? Math.min(50 * 2 ** Math.min(times, 10), LONGEST_RETRY_MS) : null;
  const { clusterNodes, ...given } = client;
  const { username, password, isTls, checks, connectionName, ...place } = placeOf(url);
  const own = {
    username,
    password,
    ...(connectionName === undefined ? {} : { connectionName }),
    tls: isTls ? { ...secure, ...unchecked(checks) } : undefined,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    noDelay: true,
    // RESP2: every version of Redis answers in these shapes.
    protocol: 2 as const,
  };
  const strict = { enableOfflineQueue: false, retryStrategy };
  if (clusterNodes === undefined) {
    // For Sentinel, `given` comes later and can replace the address of the URL.
    const options = {
      ...own,
      ...place,
      // With Sentinel, ioredis checks the role itself.
      ...(given['sentinels'] === undefined
        ? { Connector: masterConnector(() => client.emit('error', onReplica())) }
        : {}),
      ...given,
      ...strict,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      // 1 reconnects. 2 would also send the command again.
      reconnectOnError: (error: Error) => (isReadOnly(error) ? (1 as const) : false),
    };
    const client: Redis = new Redis(options);
    return client;
  }
  const options = {
    ...given,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryStrategy,
    redisOptions: { ...own, ...(given['redisOptions'] as object | undefined) },
  };
  return new Cluster(clusterNodes as ClusterNode[], options);
}

/** The certificate checks that the URL turns off. */
function unchecked({ certificate, hostname }: Place['checks']): ConnectionOptions {
  return {
    ...(certificate ? {} : { rejectUnauthorized: false }),
    ...(certificate && !hostname ? { checkServerIdentity: () => undefined } : {}),
  };
}
