import { AsyncResource } from 'node:async_hooks';

/**
 * The async context in which this module was loaded. It belongs to no request and no event, and only this file runs
 * work in it.
 */
const outside = new AsyncResource('EVENT_BUS');

/**
 * Calls `work` in an empty async context: no `AsyncLocalStorage` has a value of the caller. Values that `work` enters
 * stay in it.
 */
export function inCleanContext<Result>(work: () => Result): Result {
  return outside.runInAsyncScope(inOwnContext<Result>, undefined, work);
}

/**
 * Calls `work` in a copy of the caller's async context. Values that `work` enters stay in the copy.
 *
 * The copy has its own async resource. Before Node 24, `enterWith` writes to the running resource, so the caller would
 * see the value.
 */
export function inOwnContext<Result>(work: () => Result): Result {
  return new AsyncResource('EVENT_BUS').runInAsyncScope(work);
}
