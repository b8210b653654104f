import type { ConnectionOptions } from 'node:tls';
import { Cluster, type ClusterNode, Redis } from 'ioredis';
import { isReadOnly, onReplica } from './failure.js';
import { masterConnector } from './master-connector.js';
import type { Server } from './server.js';
import { type Place, placeOf } from './url.js';

export type Client = Redis | Cluster;

const LONGEST_RETRY_MS = 1_000;

/**
 * A client that sends nothing a second time and keeps nothing back for later. A connection whose server turns out to be a replica is given
 * up: behind a name or a proxy the next one may lead to the new master. What it still waits for is answered, or rejects.
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
    // The shapes of answers that every version of Redis has.
    protocol: 2 as const,
  };
  const strict = { enableOfflineQueue: false, retryStrategy };
  if (clusterNodes === undefined) {
    // Options may have to replace what the URL says, for Sentinel.
    const options = {
      ...own,
      ...place,
      // Sentinel asks for the role itself.
      ...(given['sentinels'] === undefined
        ? { Connector: masterConnector(() => client.emit('error', onReplica())) }
        : {}),
      ...given,
      ...strict,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      // 2 would send the command a second time.
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

/** What a URL may waive of the checks of a certificate. */
function unchecked({ certificate, hostname }: Place['checks']): ConnectionOptions {
  return {
    ...(certificate ? {} : { rejectUnauthorized: false }),
    ...(certificate && !hostname ? { checkServerIdentity: () => undefined } : {}),
  };
}
