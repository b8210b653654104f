import { setTimeout as delay } from 'node:timers/promises';

/** Resolves with the first truthy result of `condition`. An error counts as "not yet". Rejects after `withinMs`. */
export async function until(condition, { withinMs, what, everyMs = 100 }) {
  const deadline = performance.now() + withinMs;
  let last;
  for (;;) {
    try {
      const answer = await condition();
      if (answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      const said = typeof what === 'function' ? what() : what;
      throw new Error(`Waited ${withinMs / 1000} s for ${said}.`, { cause: last });
    }
    await delay(everyMs);
  }
}

/** Settles like the promise. Rejects after `withinMs`. */
export async function within(promise, { withinMs, what }) {
  const limit = new AbortController();
  const late = delay(withinMs, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`Waited ${withinMs / 1000} s for ${what}.`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    limit.abort();
  }
}
