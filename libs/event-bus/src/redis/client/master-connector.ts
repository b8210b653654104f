import { connect as connectPlain, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectSecured, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';

type Stream = Socket | TLSSocket;

/**
 * Connects to one address like ioredis, but rejects replicas: it calls `onReplica`, and the client reconnects after its
 * delay. A writable replica would lose writes at its next synchronization. A server that does not report its role is
 * accepted.
 */
export function masterConnector(onReplica: () => void): NonNullable<RedisOptions['Connector']> {
  return class extends AbstractConnector {
    readonly #options: RedisOptions;

    constructor(options: unknown) {
      super((options as RedisOptions).disconnectTimeout ?? 2_000);
      this.#options = options as RedisOptions;
    }

    /** Receives the parsed answer of INFO. */
    override check(info: { readonly role?: string }): boolean {
      const isMaster = info.role === undefined || info.role === 'master';
      if (!isMaster) onReplica();
      return isMaster;
    }

    override connect(): Promise<Stream> {
      this.connecting = true;
      return new Promise((resolve, reject) => {
        process.nextTick(() => {
          if (!this.connecting) {
            reject(new Error('Connection is closed.'));
            return;
          }
          const stream = streamTo(this.#options);
          this.stream = stream;
          stream.once('error', (error: Error) => (this.firstError = error));
          resolve(stream);
        });
      });
    }
  };
}

function streamTo({ path, host, port, family, tls }: RedisOptions): Stream {
  const place = path ? { path } : { host, port, family };
  return tls ? connectSecured({ ...place, ...tls } as ConnectionOptions) : connectPlain(place as NetConnectOpts);
}
