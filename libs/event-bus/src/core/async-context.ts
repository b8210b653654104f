import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

/** The context in which this module was loaded: that of no request and of no event. */
const outside = AsyncLocalStorage.snapshot();

/** Calls `work` in a new async context, in which no `AsyncLocalStorage` holds anything of the caller's, and keeps in it what `work` enters. */
export function inCleanContext<Result>(work: () => Result): Result {
  return outside(inOwnContext<Result>, work);
}

/**
 * Calls `work` in a copy of the caller's async context, and keeps in it what `work` enters.
 *
 * The copy is a resource of its own, because `enterWith` writes to the running resource before Node 24: the caller would see it.
 */
export function inOwnContext<Result>(work: () => Result): Result {
  return new AsyncResource('EVENT_BUS').runInAsyncScope(work);
}
