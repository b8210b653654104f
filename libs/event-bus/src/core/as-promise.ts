import { asError } from './backoff.js';

/** Calls `start` and always returns a promise, also when `start` throws or answers with no promise. */
export function asPromise<Result>(start: () => Result | Promise<Result>): Promise<Result> {
  try {
    return Promise.resolve(start());
  } catch (thrown) {
    return Promise.reject(asError(thrown));
  }
}
