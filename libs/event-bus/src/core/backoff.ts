import { inspect } from 'node:util';
import { isError } from './is-error.js';

/** Growing delays: the first is about `initialMs`, then they double up to `maxMs`. */
export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/**
 * The delay before retry number `n` (1 = the first retry), in ms.
 *
 * Half of it is random, so that members that failed together do not retry together.
 */
export function delayMs({ initialMs, maxMs }: Backoff, n: number, random: () => number = Math.random): number {
  const full = Math.min(maxMs, initialMs * 2 ** Math.min(n - 1, 30));
  return Math.round(full / 2 + (full / 2) * random());
}

/** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(asError(signal.reason));
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(asError(signal.reason));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Returns the value if it is an Error, else an Error that describes it. Handlers may throw anything. */
export function asError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(describe(thrown));
}

function describe(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 1, breakLength: Infinity });
}
