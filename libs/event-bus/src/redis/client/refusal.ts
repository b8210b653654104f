import { connect as connectSecured } from 'node:tls';
import { Redis } from 'ioredis';
import type { Client } from './client.js';
import { isRefusal } from './failure.js';

/** How long a server may take to say that it refuses us, in ms. */
const HEARING_MS = 1_000;

/**
 * What a server says to a client that lets it speak, when it breaks off TLS: with TLS 1.3 it looks at the client's certificate after the client
 * has begun to send, and what it says about it is lost when the rest of what was sent makes its system reset the connection. `undefined` when
 * it does not refuse, and for a Sentinel or a cluster, which have no one address.
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
