import { NUMBERED } from '../dist/test-apps/events.js';

export { NUMBERED };

const KEYS = 1000;
const NOTE = 'event '.repeat(200).slice(0, 1000);

/** The data of the n-th event: about 1 KB in Avro, with one of 1,000 keys. */
export function numbered(n, note = NOTE) {
  return { number: { key: `k${n % KEYS}`, seq: n, note } };
}

/** A note of the usual length that begins with `text`. */
export const noteOf = (text) => text + NOTE.slice(text.length);

const TEXT = JSON.stringify({ text: 'word '.repeat(75) });

/** An Open edX event of the same size, because the Python packages know no others. */
export function tracking(n) {
  return { tracking_log: { name: String(n), timestamp: '2026-02-28T12:34:56+00:00', data: TEXT, context: TEXT } };
}

/** Returns a function that tells the CPU time of this process since now, in µs for each of `count` events. */
export function cpuMeter(count) {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / count;
  };
}

/**
 * Counts arrivals by number. `all` resolves when each of `total` numbers has arrived, with the speed after the first
 * `skip`.
 */
export function meter(total, skip = 0, keys = KEYS) {
  const counts = new Uint8Array(total);
  const lastOfKey = new Int32Array(keys).fill(-1);
  let distinct = 0;
  let duplicates = 0;
  let disordered = 0;
  let startedAt = performance.now();
  let cpu = cpuMeter(total - skip);
  let cpuUs = 0;
  let resolveAll;
  const all = new Promise((resolve) => (resolveAll = resolve));
  return {
    all,
    /** The processor time of this process for each event after the first `skip`, in µs. */
    arrived(seq) {
      if (counts[seq]++ > 0) {
        duplicates += 1;
        return;
      }
      if (seq <= lastOfKey[seq % keys]) disordered += 1;
      lastOfKey[seq % keys] = seq;
      distinct += 1;
      if (distinct === skip) {
        startedAt = performance.now();
        cpu = cpuMeter(total - skip);
      }
      if (distinct < total) return;
      cpuUs = cpu();
      resolveAll(((total - skip) * 1000) / (performance.now() - startedAt));
    },
    /** Throws if a number is missing or if a key is out of order. Counts duplicates and CPU time. */
    check() {
      const missing = total - distinct;
      if (missing > 0) throw new Error(`${missing} of ${total} events did not arrive.`);
      if (disordered > 0) throw new Error(`${disordered} of ${total} events came after a later one of their key.`);
      return { duplicates, cpuUs };
    },
  };
}

/** Measures the latencies of events that carry their publishing time, by phase. Ignores the first fifth of a phase. */
export function stopwatch(phases) {
  const found = phases.map(({ count }) => new Float64Array(count).fill(-1));
  let left = phases.reduce((sum, { count }) => sum + count, 0);
  let resolveAll;
  const all = new Promise((resolve) => (resolveAll = resolve));
  return {
    all,
    arrived({ number: { seq, note } }) {
      const [phase, at] = note.slice(0, note.indexOf(' ')).split('/').map(Number);
      if (found[phase][seq] >= 0) return;
      found[phase][seq] = performance.timeOrigin + performance.now() - at;
      if ((left -= 1) === 0) resolveAll();
    },
    quantiles: () =>
      found.map((each) => {
        const sorted = each.slice(each.length / 5).sort();
        return { p50: sorted[Math.floor(sorted.length * 0.5)], p99: sorted[Math.floor(sorted.length * 0.99)] };
      }),
  };
}

/**
 * Publishes the events of each phase at its rate, without waiting for confirmations. Like a service, keeps no results.
 */
export async function atRates(phases, publish) {
  let pending = 0;
  let failure;
  let whenAllAnswered;
  const answered = () => {
    pending -= 1;
    if (pending === 0) whenAllAnswered?.();
  };
  const failed = (error) => {
    failure ??= error;
    answered();
  };
  for (const [phase, { perSecond, count }] of phases.entries()) {
    const startedAt = performance.now();
    for (let next = 0; next < count;) {
      const due = Math.min(count, Math.floor(((performance.now() - startedAt) / 1000) * perSecond) + 1);
      for (; next < due; next += 1) {
        pending += 1;
        publish(numbered(next, noteOf(`${phase}/${performance.timeOrigin + performance.now()} `))).then(
          answered,
          failed,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (pending > 0) await new Promise((resolve) => (whenAllAnswered = resolve));
    if (failure !== undefined) throw failure;
  }
}
