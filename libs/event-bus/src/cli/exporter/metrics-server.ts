import { asError } from '../../core/backoff.js';
import { SettingsError } from '../../core/errors.js';
import { type Listening, servePages, text } from '../../health/page-server.js';
import type { MetricsText } from '../../metrics/exporter.js';

export interface MetricsServer {
  readonly url: string;
  /** Answers what has come, and takes no more. */
  close(): Promise<void>;
}

/** Serves `/metrics`, and `/live` for probes. Rejects with `SettingsError` if it cannot listen there. */
export async function serveMetrics(metrics: () => Promise<MetricsText>, listening: Listening): Promise<MetricsServer> {
  const pages = {
    '/metrics': async () => ({ status: 200, ...(await metrics()) }),
    '/live': () => Promise.resolve(text(200, 'ok')),
  };
  const { url, server } = await servePages(pages, listening).catch((thrown: unknown) => {
    const cause = asError(thrown);
    const where = `${listening.host}:${listening.port}`;
    throw new SettingsError(`The exporter cannot listen on ${where}: ${cause.message}.`, { cause });
  });
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
