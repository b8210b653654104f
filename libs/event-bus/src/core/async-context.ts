import { AsyncResource } from 'node:async_hooks';

/** The async context in which this module was loaded: that of no request and of no event. Nothing but what stands here runs in it. */
const outside = new AsyncResource('EVENT_BUS');

/** Calls `work` in a new async context, in which no `AsyncLocalStorage` holds anything of the caller's. What `work` enters stays in it. */
export function inCleanContext<Result>(work: () => Result): Result {
  return outside.runInAsyncScope(inOwnContext<Result>, undefined, work);
}

/**
 * Calls `work` in a copy of the caller's async context. What `work` enters stays in it.
 *
 * The copy is a resource of its own, because `enterWith` writes to the running resource before Node 24: the caller would see it.
 */
export function inOwnContext<Result>(work: () => Result): Result {
  return new AsyncResource('EVENT_BUS').runInAsyncScope(work);
}
