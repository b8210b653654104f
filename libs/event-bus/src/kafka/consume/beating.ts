import { delayMs, sleep } from '../../core/backoff.js';

/** The delays before retries, in ms. */
const RETRY = { initialMs: 100, maxMs: 500 };

/**
 * Calls `beat` at an interval until the signal aborts. If it resolves with `false`, it is called again sooner. Timers
 * use the monotonic clock.
 */
export async function beating(
  beat: () => Promise<boolean>,
  { intervalMs, signal }: { readonly intervalMs: () => number; readonly signal: AbortSignal },
): Promise<void> {
  for (let failures = 0; ;) {
    try {
      await sleep(failures === 0 ? intervalMs() : delayMs(RETRY, failures), signal);
    } catch {
      return;
    }
    failures = (await beat()) ? 0 : failures + 1;
  }
}
