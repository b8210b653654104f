import { NUMBERED } from '../dist/test-apps/events.js';

export { NUMBERED };

const KEYS = 1000;
const NOTE = 'event '.repeat(200).slice(0, 1000);

/** The n-th event's data: about 1 KB in Avro, one of 1,000 keys. */
export function numbered(n, note = NOTE) {
  return { number: { key: `k${n % KEYS}`, seq: n, note } };
}

/** Fills a note that begins with a text of one's own to the usual length. */
export const noteOf = (text) => text + NOTE.slice(text.length);

/** Counts arrivals by their number; `all` resolves when each of `total` has arrived, with the speed since the first `skip` had. */
export function meter(total, skip = 0) {
  const counts = new Uint8Array(total);
  let distinct = 0;
  let duplicates = 0;
  let startedAt = performance.now();
  let resolveAll;
  const all = new Promise((resolve) => (resolveAll = resolve));
  return {
    all,
    arrived({ number: { seq } }) {
      if (counts[seq]++ > 0) {
        duplicates += 1;
        return;
      }
      distinct += 1;
      if (distinct === skip) startedAt = performance.now();
      if (distinct === total) resolveAll(((total - skip) * 1000) / (performance.now() - startedAt));
    },
    /** Throws unless the set is complete; duplicates are counted, not forgiven silently. */
    check() {
      const missing = total - distinct;
      if (missing > 0) throw new Error(`${missing} of ${total} events did not arrive.`);
      return { duplicates };
    },
  };
}
