import { isModuleNotFound } from '../../core/is-error.js';

/** Returns the ids of the span that is active when a line is logged, as fields; `undefined` if none is. */
export type ActiveTrace = () => readonly (readonly [name: string, value: string])[] | undefined;

/** Loads OpenTelemetry's API for the ids in log lines. Without the package there are no spans, and so no ids. */
export async function loadActiveTrace(): Promise<ActiveTrace> {
  try {
    return (await import('../../tracing/active-trace.js')).activeTrace;
  } catch (error) {
    if (isModuleNotFound(error)) return () => undefined;
    throw error;
  }
}
