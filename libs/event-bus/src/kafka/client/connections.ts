import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecured, type ConnectionOptions } from 'node:tls';
import type { ISocketFactory, RequestTimeoutEvent } from 'kafkajs';

/** How long a request may go unanswered before its connection is given up, in ms; joining a group may take longer, and kafkajs knows it. */
export const REQUEST_MS = 10_000;

const KEEP_ALIVE_MS = 10_000;

/**
 * The connections of one client. kafkajs rejects a request that gets no answer and sends the next one on the same socket, for as long as
 * the system takes it: behind a firewall that has forgotten the connection, a quarter of an hour. Here the socket is given up.
 */
export class Connections {
  readonly #sockets = new Map<string, Set<Socket>>();

  /** For kafkajs; `make` makes the sockets, if not as kafkajs does it itself. */
  factory(make: ISocketFactory = makeSocket): ISocketFactory {
    return (options) => {
      const socket = make(options);
      const broker = `${options.host}:${options.port}`;
      const known = this.#sockets.get(broker) ?? new Set();
      this.#sockets.set(broker, known.add(socket));
      socket.once('close', () => known.delete(socket));
      return socket;
    };
  }

  /** A listener for the event that a request was not answered in time. */
  readonly onTimeout = ({ payload: { broker, apiName } }: RequestTimeoutEvent): void => {
    for (const socket of this.#sockets.get(broker) ?? [])
      socket.destroy(new Error(`no answer to ${apiName} from ${broker}`));
  };
}

const makeSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  // Also `true`, `false` or nothing, whatever its type says.
  const secured = ssl as ConnectionOptions | boolean | undefined;
  const socket = !secured
    ? connectPlain({ host, port }, onConnect)
    : connectSecured(
        { host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...(secured === true ? {} : secured) },
        onConnect,
      );
  return socket.setKeepAlive(true, KEEP_ALIVE_MS).setNoDelay(true);
};
