import { areOk } from './check.js';
import type { Health } from './health.js';
import { type Listening, type Page, type Pages, servePages } from './page-server.js';

/** A server for probes. It keeps no process alive. */
export interface HealthServer {
  /** `http://host:port`, with the port in use. */
  readonly url: string;
  /** Ends the server and its connections at once. */
  close(): void;
}

/**
 * Serves `/live` and `/ready` of a bus, and `routes`. Resolves when it listens. Rejects with the error of `node:http`,
 * such as `EADDRINUSE`.
 *
 * `/live` and `/ready` answer 200 or 503, with `{ "status": "ok" | "not ok", "checks": { name: { ok, detail } } }`.
 */
export async function healthServer(health: Health, routes: Pages, listening: Listening): Promise<HealthServer> {
  const pages: Pages = {
    '/live': () => Promise.resolve(report(health.live())),
    '/ready': async () => report(await health.ready()),
    ...routes,
  };
  const { url, server } = await servePages(pages, listening);
  server.unref();
  // A connection would keep the process alive too.
  server.on('connection', (socket) => socket.unref());
  return {
    url,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function report(checks: Parameters<typeof areOk>[0]): Page {
  const isOk = areOk(checks);
  const body = JSON.stringify({ status: isOk ? 'ok' : 'not ok', checks });
  return { status: isOk ? 200 : 503, contentType: 'application/json; charset=utf-8', body };
}
