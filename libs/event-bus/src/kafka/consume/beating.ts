import { delayMs, sleep } from '../../core/backoff.js';

/** How soon what has failed is tried again, in ms. */
const RETRY = { initialMs: 100, maxMs: 500 };

/** Does something at an interval until the signal aborts, and sooner after it has failed: it answers `false` then. Timers run by the monotonic clock. */
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
