import type { TlsOptions } from '../../core/tls.js';

/** How to reach Redis. */
export interface Server {
  /** `redis://` or `rediss://`, with user, password and database as they are needed. */
  readonly url: string;
  /** How to speak TLS, where the URL is `rediss://`. */
  readonly tls?: TlsOptions;
  /**
   * Further options of ioredis: `tls`, `sentinels` with `name`, and so on. With `clusterNodes` (`[{host, port}]`) it is a cluster, and they
   * are the options of a cluster.
   */
  readonly client: Readonly<Record<string, unknown>>;
}
