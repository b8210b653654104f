import { asError } from './backoff.js';

/** What was started; what throws before it has a promise, or has none, settles one all the same. */
export function begun<Result>(start: () => Result | Promise<Result>): Promise<Result> {
  try {
    return Promise.resolve(start());
  } catch (thrown) {
    return Promise.reject(asError(thrown));
  }
}
