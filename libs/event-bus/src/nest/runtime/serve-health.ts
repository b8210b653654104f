import { asError } from '../../core/backoff.js';
import { SettingsError } from '../../core/errors.js';
import { NO_METRICS_TEXT } from '../../metrics/exporter.js';
import { healthServer, type HealthServer } from '../../health/health-server.js';
import type { Page } from '../../health/page-server.js';
import type { EventBusRuntime } from './runtime.js';

/**
 * Starts the server for probes if `EVENT_BUS_HEALTH_PORT` is set. Rejects with `SettingsError` if it cannot listen, and
 * closes the runtime then.
 */
export async function serveHealth(runtime: EventBusRuntime): Promise<HealthServer | undefined> {
  const { healthPort: port, healthHost: host } = runtime.settings;
  if (port === undefined) return undefined;
  const health = runtime.watchHealth();
  try {
    const server = await healthServer(health, { '/metrics': metricsPage(runtime) }, { port, host });
    const fields = [['url', server.url]] as const;
    runtime.observe({ kind: 'backend-report', level: 'info', what: 'Serving probes', fields });
    return server;
  } catch (thrown) {
    await runtime.close();
    throw notListening(asError(thrown), `${host}:${port}`);
  }
}

function metricsPage({ metrics }: EventBusRuntime): () => Promise<Page> {
  return async () => {
    if (metrics?.text !== undefined) return { status: 200, ...(await metrics.text()) };
    return { status: 404, contentType: 'text/plain; charset=utf-8', body: `${NO_METRICS_TEXT}\n` };
  };
}

function notListening(cause: Error & { readonly code?: unknown }, where: string): SettingsError {
  const why =
    cause.code === 'EADDRINUSE'
      ? 'another process, or another bus of this process, has this port; give each its own'
      : `${cause.message}; choose another port (EVENT_BUS_HEALTH_PORT) or address (EVENT_BUS_HEALTH_HOST)`;
  return new SettingsError(`EVENT_BUS_HEALTH_PORT: the server for probes cannot listen on ${where}: ${why}.`, {
    cause,
  });
}
