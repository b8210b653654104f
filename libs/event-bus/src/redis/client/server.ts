import type { TlsOptions } from '../../core/tls.js';

/** The address of the Redis server and the options for connecting to it. */
export interface Server {
  /** `redis://` or `rediss://`, with user, password and database if needed. */
  readonly url: string;
  /** TLS options, used if the URL is `rediss://`. */
  readonly tls?: TlsOptions;
  /**
   * Further options of ioredis, for instance `tls`, or `sentinels` and `name`. With `clusterNodes` (`[{host, port}]`)
   * the client connects to a cluster, and the options are those of a cluster client.
   */
  readonly client: Readonly<Record<string, unknown>>;
}
