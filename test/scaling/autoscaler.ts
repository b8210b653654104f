import type { Seen } from './keda.js';

export interface AutoscalerOptions {
  readonly min: number;
  readonly max: number;
  /** How long a lower number of pods has to be enough before pods leave, in ms. */
  readonly stabilizationMs: number;
  /** How long no trigger may be active before the last pod leaves, in ms. */
  readonly cooldownMs: number;
  /** The least number of pods while a trigger fails. It does not apply to zero pods. */
  readonly fallback: number;
}

/** The tolerance of the HPA. */
const TOLERANCE = 0.1;

/**
 * Returns a function that says how many pods there have to be, as KEDA (0 and 1) and the HPA (1 to max) decide it. `at`
 * is in ms.
 *
 * Source: kubernetes.io, Horizontal Pod Autoscaling, "Algorithm details"; KEDA's scale executor.
 */
export function autoscaler({ min, max, stabilizationMs, cooldownMs, fallback }: AutoscalerOptions) {
  const wanted: { readonly at: number; readonly pods: number }[] = [];
  let activeAt = -Infinity;
  return (seen: readonly Seen[], pods: number, at: number): number => {
    const isActive = seen.some(({ active }) => active);
    if (isActive) activeAt = at;
    if (pods === 0) return isActive ? Math.max(1, min) : min;
    if (seen.some(({ error }) => error !== undefined)) return Math.max(fallback, pods);
    if (!isActive && at - activeAt >= cooldownMs) return min;
    const desired = Math.max(...seen.map(({ value, target }) => podsFor(value, target, pods)));
    wanted.push({ at, pods: Math.min(Math.max(desired, min, 1), max) });
    while ((wanted[0]?.at ?? at) < at - stabilizationMs) wanted.shift();
    const newest = wanted.at(-1)?.pods ?? pods;
    return newest >= pods ? newest : Math.min(pods, Math.max(...wanted.map((each) => each.pods)));
  };
}

function podsFor(value: number, target: number, pods: number): number {
  const ratio = value / (target * pods);
  return Math.abs(ratio - 1) <= TOLERANCE ? pods : Math.ceil(value / target);
}
