import type { Backend } from '../../core/backend.js';
import { loadPackage } from '../../core/load-package.js';
import type { TracedBackend, Tracing } from '../../tracing/interface.js';
import { BACKENDS, type EventBusSettings, kindOf } from '../settings/event-bus-settings.js';

/** Loads OpenTelemetry's API if tracing is on. Rejects with `SettingsError` if it is not installed. */
export async function loadTracing(setting: EventBusSettings['tracing']): Promise<Tracing | undefined> {
  if (setting === false) return undefined;
  const module = () => import('../../tracing/index.js');
  const { tracing } = await loadPackage('EVENT_BUS_TRACING: tracing', '@opentelemetry/api', module);
  return tracing(setting === 'link' ? 'link' : 'parent');
}

/** A backend as spans name it. */
export function tracedAs(backend: Backend): TracedBackend {
  return { system: backend.name, positionAttributes: BACKENDS[kindOf(backend)].positionAttributes };
}
