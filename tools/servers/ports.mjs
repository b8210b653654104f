import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A port that nothing listens on now. */
export async function freePort(preferred) {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (;;) {
    // Below the ports that systems give to outgoing connections, so that it is still free when a server comes back to it.
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
