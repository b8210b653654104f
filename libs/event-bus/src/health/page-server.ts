import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asError } from '../core/backoff.js';

/** An answer of one path. */
export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Pages by path, such as `/metrics`. A page that rejects is answered with 500 and the message of its error. */
export type Pages = Readonly<Record<string, () => Promise<Page>>>;

/** Where a server listens. */
export interface Listening {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
}

/** A server that listens. */
export interface PageServer {
  /** `http://host:port`, with the port in use. */
  readonly url: string;
  readonly server: Server;
}

/** A client that sends nothing is cut off after this time, in ms. */
const REQUEST_MS = 10_000;

/** Serves pages for GET and HEAD. Resolves when it listens. Rejects with the error of `node:http`, such as `EADDRINUSE`. */
export async function servePages(pages: Pages, listening: Listening): Promise<PageServer> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    void answer(pages, request, response);
  });
  await listen(server, listening);
  const { address, family, port } = server.address() as AddressInfo;
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`, server };
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

async function answer(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
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

async function pageFor(pages: Pages, { method, url = '/' }: IncomingMessage): Promise<Page> {
  const [path = ''] = url.split('?');
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return text(404, `There is no ${path}; there is ${Object.keys(pages).join(', ')}.`);
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Allowed are GET and HEAD.');
  return page();
}

/** A page of plain text. */
export function text(status: number, message: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${message}\n` };
}
