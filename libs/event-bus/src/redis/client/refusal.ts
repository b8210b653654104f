import { connect as connectSecured } from 'node:tls';
import { Redis } from 'ioredis';
import type { Client } from './client.js';
import { isRefusal } from './failure.js';

/** How long to wait for the server to refuse, in ms. */
const HEARING_MS = 1_000;

/**
 * Connects once more without sending commands, to hear why the server refuses a TLS client. `undefined` if it does not
 * refuse, and for Sentinel and cluster clients, which have no single address.
 *
 * With TLS 1.3, the server checks the client's certificate after the client has started to send. If data is on its way,
 * the server's system resets the connection, and the reason is lost.
 */
export async function heardRefusal(client: Client): Promise<Error | undefined> {
  if (!(client instanceof Redis)) return undefined;
  const { host, port, tls, sentinels } = client.options;
  if (tls === undefined || (sentinels?.length ?? 0) > 0) return undefined;
  return new Promise((resolve) => {
    const socket = connectSecured({ host, port, ...tls, timeout: HEARING_MS });
    const end = (said?: Error) => {
      socket.destroy();
      resolve(said !== undefined && isRefusal(said) ? said : undefined);
    };
    socket.once('error', end);
    socket.once('timeout', () => end());
    socket.once('close', () => end());
    socket.resume();
  });
}
