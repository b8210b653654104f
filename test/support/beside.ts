const TOGETHER = 10;
const SLOWER = 2;
/**
 * Latencies below this, in ms, show the speed of the machine. A client that waits for failures of another topic is
 * slower.
 */
const NOISE_MS = 700;

/**
 * Publishes `count` times, ten at a time. Resolves with the 99th percentile of the durations in ms. Rejects with the
 * first error.
 */
export async function p99Of(count: number, publish: (n: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  let next = 0;
  const one = async () => {
    while (next < count) {
      const from = performance.now();
      await publish(next++);
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, one));
  return times.toSorted((a, b) => a - b)[Math.floor(count * 0.99)] ?? 0;
}

/** The allowed duration in ms while another topic is broken. */
export function allowedMs(undisturbedMs: number): number {
  return Math.max(SLOWER * undisturbedMs, NOISE_MS);
}
