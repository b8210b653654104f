import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecured, type ConnectionOptions as TlsConnectionOptions } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { ConnectionError } from './connection-error.js';
import type { Address } from './address.js';

export interface SocketOptions {
  readonly connectionTimeoutMs: number;
  /** Whether to use TLS, and its options. */
  readonly tls: TlsConnectionOptions | boolean;
  /** A custom function that makes the sockets. */
  readonly socketFactory: ISocketFactory | undefined;
}

/** Resolves with a connected socket, after the TLS handshake. */
export function openSocket({ host, port }: Address, options: SocketOptions): Promise<Socket> {
  const { connectionTimeoutMs, tls, socketFactory = makeSocket } = options;
  return new Promise((resolve, reject) => {
    const fail = (why: string, options?: ConstructorParameters<typeof ConnectionError>[1]) => {
      clearTimeout(timer);
      // An abandoned socket may emit another error. Without a listener it would end the process.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(new ConnectionError(`${host}:${port}: ${why}`, options));
    };
    const onError = (cause: NodeJS.ErrnoException) => fail(cause.message || cause.code || cause.name, { cause });
    const onEnd = () => fail('the broker closed the connection', { isClosedByBroker: true });
    const onConnect = () => {
      clearTimeout(timer);
      socket.removeListener('error', onError).removeListener('end', onEnd);
      resolve(socket);
    };
    const timer = setTimeout(() => fail(`no connection within ${connectionTimeoutMs} ms`), connectionTimeoutMs);
    // kafkajs's type does not allow `true`, but kafkajs passes it on.
    const socket = socketFactory({ host, port, ssl: (tls || undefined) as TlsConnectionOptions, onConnect });
    socket.once('error', onError).once('end', onEnd);
  });
}

const KEEP_ALIVE_MS = 10_000;

const makeSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const secured = ssl as TlsConnectionOptions | boolean | undefined;
  const socket = !secured
    ? connectPlain({ host, port }, onConnect)
    : connectSecured(
        { host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...(secured === true ? {} : secured) },
        onConnect,
      );
  return socket.setKeepAlive(true, KEEP_ALIVE_MS).setNoDelay(true);
};
