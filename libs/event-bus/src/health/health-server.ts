import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asError } from '../core/backoff.js';
import { areOk } from './check.js';
import type { Health } from './health.js';

/** An answer of one route. */
export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Further pages by path, such as `/metrics`. */
export type Routes = Readonly<Record<string, () => Promise<Page>>>;

/** Where the server listens. */
export interface Listening {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
}

/** A server for probes. It keeps no process alive. */
export interface HealthServer {
  /** `http://host:port`, with the port in use. */
  readonly url: string;
  /** Ends the server and its connections at once. */
  close(): void;
}

/** A client that sends nothing is cut off after this time, in ms. */
const REQUEST_MS = 10_000;

/**
 * Serves `/live` and `/ready` of a bus, and `routes`. Resolves when it listens. Rejects with the error of `node:http`,
 * such as `EADDRINUSE`.
 *
 * `/live` and `/ready` answer 200 or 503, with `{ "status": "ok" | "not ok", "checks": { name: { ok, detail } } }`.
 */
export async function healthServer(health: Health, routes: Routes, listening: Listening): Promise<HealthServer> {
  const pages: Routes = {
    '/live': () => Promise.resolve(report(health.live())),
    '/ready': async () => report(await health.ready()),
    ...routes,
  };
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    void answer(pages, request, response);
  });
  await listen(server, listening);
  server.unref();
  // A connection would keep the process alive too.
  server.on('connection', (socket) => socket.unref());
  const { address, family, port } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server, { port, host }: Listening): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      server.off('error', reject);
      // Such as too many open files. The probe gets no answer, which says it.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

async function answer(pages: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, contentType, body } = await pageFor(pages, request).catch((thrown: unknown) =>
    text(500, asError(thrown).message),
  );
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function pageFor(pages: Routes, { method, url = '/' }: IncomingMessage): Promise<Page> {
  const [path = ''] = url.split('?');
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return text(404, `There is no ${path}; there is ${Object.keys(pages).join(', ')}.`);
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Allowed are GET and HEAD.');
  return page();
}

function report(checks: Parameters<typeof areOk>[0]): Page {
  const isOk = areOk(checks);
  const body = JSON.stringify({ status: isOk ? 'ok' : 'not ok', checks });
  return { status: isOk ? 200 : 503, contentType: 'application/json; charset=utf-8', body };
}

function text(status: number, message: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${message}\n` };
}
