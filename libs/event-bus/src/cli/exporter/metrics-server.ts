import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SettingsError } from '../../core/errors.js';
import type { MetricsText } from '../../metrics/exporter.js';

export interface MetricsServer {
  readonly url: string;
  /** Answers what has come, and takes no more. */
  close(): Promise<void>;
}

/** Serves `/metrics`, and `/live` for probes. Rejects with `SettingsError` if it cannot listen there. */
export async function serveMetrics(
  text: () => Promise<MetricsText>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, contentType = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': contentType }).end(request.method === 'HEAD' ? '' : body);
    const path = (request.url ?? '').replace(/\?.*/, '');
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'Only GET is allowed.\n');
    else if (path === '/live') answer(200, 'ok\n');
    else if (path !== '/metrics') answer(404, 'The metrics are at /metrics.\n');
    else
      text().then(
        ({ contentType, body }) => answer(200, body, contentType),
        () => answer(500, 'The metrics could not be read.\n'),
      );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new SettingsError(`The exporter cannot listen on ${host}:${port}: ${cause.message}.`, { cause })),
    );
    server.listen(port, host, resolve);
  });
  const { address, port: listening, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${listening}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
