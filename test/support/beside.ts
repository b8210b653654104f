const TOGETHER = 10;
const SLOWER = 2;
/** Below this the machine is measured. A client that waits for another topic's failures is slower than that, in ms. */
const NOISE_MS = 700;

/** Publishes so often, ten at a time; resolves with the 99th percentile of how long each took, in ms. Rejects as the first that rejects. */
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

/** How slow it may be beside what is broken, in ms. */
export function allowedMs(undisturbedMs: number): number {
  return Math.max(SLOWER * undisturbedMs, NOISE_MS);
}
