import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 5;

/** How long to wait, and for what. */
export interface Limit {
  readonly withinMs: number;
  /** What is waited for, as the end of the sentence "waited 500 ms in vain for …"; asked when the time is up. */
  readonly what: string | (() => string);
}

/** What was waited for did not happen in time. */
export class WaitedInVainError extends Error {
  override readonly name = 'WaitedInVainError';

  constructor({ withinMs, what }: Limit) {
    super(`waited ${withinMs} ms in vain for ${typeof what === 'string' ? what : what()}`);
  }
}

/** What was to stay so did not. */
export class DidNotStayError extends Error {
  override readonly name = 'DidNotStayError';
}

/** Resolves as soon as `condition` answers true; rejects with `WaitedInVainError` when it does not in time, or with what it throws. */
export async function until(condition: () => boolean | Promise<boolean>, limit: Limit): Promise<void> {
  const deadline = performance.now() + limit.withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new WaitedInVainError(limit);
    await pause(POLL_MS);
  }
}

/** Settles as `promise` does; rejects with `WaitedInVainError` when that takes too long. */
export async function within<T>(promise: Promise<T>, limit: Limit): Promise<T> {
  const owner = new AbortController();
  const timeout = pause(limit.withinMs, undefined, { signal: owner.signal }).then(() => {
    throw new WaitedInVainError(limit);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    owner.abort();
  }
}

/** Resolves when `condition` has answered true all the time for so long; rejects with `DidNotStayError` as soon as it does not. */
export async function stays(
  condition: () => boolean | Promise<boolean>,
  { forMs, what }: { readonly forMs: number; readonly what: string | (() => string) },
): Promise<void> {
  const end = performance.now() + forMs;
  do {
    if (!(await condition()))
      throw new DidNotStayError(`it did not stay so: ${typeof what === 'string' ? what : what()}`);
    await pause(POLL_MS);
  } while (performance.now() < end);
}
