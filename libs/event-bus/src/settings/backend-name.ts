/** The backends by name. */
export const BACKEND_NAMES = ['embedded', 'redis', 'kafka'] as const;

export type BackendName = (typeof BACKEND_NAMES)[number];

/** The class paths that Open edX's configuration uses in place of a name. */
const PYTHON_CLASS_PATH = /^edx_event_bus_(kafka|redis)\.(?:\w+\.)*\w+$/;

/** Returns `kafka` or `redis` for a class path of Open edX's packages, else the text. */
export function parseBackendName(text: string): string {
  return PYTHON_CLASS_PATH.exec(text.trim())?.[1] ?? text.trim();
}
