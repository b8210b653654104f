import type { Backend } from '../../core/backend.js';
import { SettingsError } from '../../core/errors.js';
import { isModuleNotFound } from '../../core/is-error.js';
import type { TracedBackend, Tracing } from '../../tracing/interface.js';
import { BACKENDS, type EventBusSettings, kindOf } from '../settings/event-bus-settings.js';

const API = '@opentelemetry/api';

/** Loads OpenTelemetry's API if tracing is on. Rejects with `SettingsError` if it is not installed. */
export async function loadTracing(setting: EventBusSettings['tracing']): Promise<Tracing | undefined> {
  if (setting === false) return undefined;
  try {
    const { tracing } = await import('../../tracing/index.js');
    return tracing(setting === 'link' ? 'link' : 'parent');
  } catch (cause) {
    if (!isModuleNotFound(cause)) throw cause;
    throw new SettingsError(`EVENT_BUS_TRACING: tracing needs the package ${API}: npm install ${API}`, { cause });
  }
}

/** A backend as spans name it. */
export function tracedAs(backend: Backend): TracedBackend {
  return { system: backend.name, positionAttributes: BACKENDS[kindOf(backend)].positionAttributes };
}
