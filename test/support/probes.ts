import { until } from 'nest-event-bus/testing';
import type { RunningProcess } from './process.js';

/** The settings of a process whose probes a test asks. */
export const PROBED = { EVENT_BUS_HEALTH_PORT: '0', EVENT_BUS_HEALTH_HOST: '127.0.0.1' };

/** The answer of a probe. */
export interface Probed {
  /** The HTTP status; 0 if there was no answer. */
  readonly status: number;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>;
}

/** The probes of a process. */
export interface Probes {
  readonly url: string;
  /** Asks once. Waits `withinMs` for an answer. */
  ask(path: '/live' | '/ready', withinMs?: number): Promise<Probed>;
  /** Asks until the probe answers 200 or 503, and resolves with that answer. */
  untilIt(path: '/live' | '/ready', status: 200 | 503, withinMs?: number): Promise<Probed>;
}

/** Waits until the process says where its probes are. */
export async function probesOf(process: RunningProcess): Promise<Probes> {
  const [, url = ''] = await process.says(/Serving probes: url=(\S+)/);
  return probesAt(url);
}

export function probesAt(url: string): Probes {
  const ask: Probes['ask'] = async (path, withinMs = 5_000) => {
    try {
      const response = await fetch(url + path, { signal: AbortSignal.timeout(withinMs) });
      const { checks } = (await response.json()) as Pick<Probed, 'checks'>;
      return { status: response.status, checks };
    } catch {
      return { status: 0, checks: {} };
    }
  };
  return {
    url,
    ask,
    async untilIt(path, status, withinMs = 20_000) {
      let last: Probed = { status: 0, checks: {} };
      const isSo = async () => (last = await ask(path)).status === status;
      await until(isSo, {
        withinMs,
        what: () => `${path} to answer ${status}; it answers ${last.status} ${JSON.stringify(last.checks)}`,
      });
      return last;
    },
  };
}
