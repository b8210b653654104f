import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 5;

/** How long to wait, and for what. */
export interface Limit {
  readonly withinMs: number;
  /**
   * What is awaited, as the end of the sentence "waited 500 ms in vain for …". A function is called when the time is
   * up.
   */
  readonly what: string | (() => string);
}

/** A condition did not become true in time. */
export class WaitedInVainError extends Error {
  override readonly name = 'WaitedInVainError';

  constructor({ withinMs, what }: Limit) {
    super(`waited ${withinMs} ms in vain for ${typeof what === 'string' ? what : what()}`);
  }
}

/** A condition did not stay true. */
export class DidNotStayError extends Error {
  override readonly name = 'DidNotStayError';
}

/**
 * Resolves as soon as `condition` returns true. Rejects with `WaitedInVainError` after `withinMs`, or with the error
 * that `condition` throws.
 */
export async function until(condition: () => boolean | Promise<boolean>, limit: Limit): Promise<void> {
  const deadline = performance.now() + limit.withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new WaitedInVainError(limit);
    await pause(POLL_MS);
  }
}

/** Settles like `promise`. Rejects with `WaitedInVainError` if that takes too long. */
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

/**
 * Resolves if `condition` returns true during the whole time. Rejects with `DidNotStayError` as soon as it returns
 * false.
 */
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
