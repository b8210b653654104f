import { asPromise } from '../core/as-promise.js';
import { asError } from '../core/backoff.js';
import type { Check } from './check.js';

/** Something that answers: a broker or a registry. */
export interface Reachable {
  /** For operators, such as `kafka` or `registry`. */
  readonly name: string;
  /** Resolves when it answers, rejects when it does not. */
  ping(): Promise<void>;
}

/**
 * How long a check waits for an answer, in ms. Kubernetes waits 1 s by default; docs/probes.md asks for 5 s.
 */
const LIMIT_MS = 3_000;
/** How long an answer holds for further checks, in ms. Several probes then cost one request. */
const FRESH_MS = 1_000;

/**
 * Returns a function that asks `ping`, and never rejects. Calls at the same time share one question, also with a
 * question of before that has no answer yet.
 */
export function reachability(
  { ping }: Pick<Reachable, 'ping'>,
  { limitMs = LIMIT_MS, freshMs = FRESH_MS }: { readonly limitMs?: number; readonly freshMs?: number } = {},
): () => Promise<Check> {
  let asking: Promise<Check> | undefined;
  let last: { readonly check: Check; readonly at: number } | undefined;
  const ask = async (): Promise<Check> => {
    const check = await asPromise(ping).then(
      () => ({ ok: true, detail: 'answers' }),
      (thrown: unknown) => ({ ok: false, detail: asError(thrown).message }),
    );
    asking = undefined;
    last = { check, at: performance.now() };
    return check;
  };
  return async () => {
    if (last !== undefined && performance.now() - last.at < freshMs) return last.check;
    asking ??= ask();
    return before(limitMs, asking, { ok: false, detail: `does not answer within ${limitMs / 1000} s` });
  };
}

async function before<Result>(ms: number, work: Promise<Result>, otherwise: Result): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const isOver = new Promise<Result>((resolve) => {
    timer = setTimeout(resolve, ms, otherwise);
    // A check must not hold the process.
    timer.unref();
  });
  try {
    return await Promise.race([work, isOver]);
  } finally {
    clearTimeout(timer);
  }
}
