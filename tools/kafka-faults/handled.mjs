import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** The records that members have handled, in the order in which they finished, and the errors of the members. */
export async function readHandled(files) {
  const handled = [];
  const errors = [];
  for (const file of files.filter((each) => existsSync(each))) {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      const [what, ...rest] = line.split(' ');
      if (what === 'e') errors.push({ at: Number(rest[0]), why: rest.slice(1).join(' ') });
      if (what !== 'h') continue;
      const [position, n, begun, ended, member] = rest;
      const [partition, offset] = position.split(':').map(Number);
      handled.push({ partition, offset, n: Number(n), begun: Number(begun), ended: Number(ended), member });
    }
  }
  handled.sort((one, other) => one.ended - other.ended || one.begun - other.begun || one.offset - other.offset);
  return { handled, errors };
}

/**
 * Compares the log with the handled records. `window` is how far a partition may go back. `readableAt` returns when a
 * record could be handled at the earliest. Pauses count from `since` to `until`.
 */
export function judge(handled, places, { keys, window, readableAt, since = 0, until = Infinity }) {
  const times = new Map();
  const newestOffset = new Map();
  const newestOfKey = new Map();
  const lastEnd = new Map();
  const outOfOrder = [];
  let repeats = 0;
  let beyond = 0;
  let deepest = 0;
  let pause = { ms: 0 };
  let last = since;
  let silenceMs = 0;
  for (const { partition, offset, n, ended } of handled) {
    const known = times.get(n) ?? 0;
    times.set(n, known + 1);
    const newest = newestOffset.get(partition) ?? -1;
    if (known > 0) {
      repeats += 1;
      deepest = Math.max(deepest, newest - offset + 1);
      if (newest - offset + 1 > window) beyond += 1;
    } else {
      const key = n % keys;
      if (n < (newestOfKey.get(key) ?? -1)) outOfOrder.push(n);
      else newestOfKey.set(key, n);
    }
    newestOffset.set(partition, Math.max(newest, offset));
    if (ended >= since && ended <= until) {
      const from = Math.max(since, lastEnd.get(partition) ?? since, readableAt(n) ?? 0);
      if (ended - from > pause.ms) pause = { ms: ended - from, partition, at: from };
      silenceMs = Math.max(silenceMs, ended - last);
      last = ended;
    }
    lastEnd.set(partition, ended);
  }
  return {
    inLog: places.size,
    handled: times.size,
    missed: [...places.keys()].filter((n) => !times.has(n)),
    repeats,
    beyond,
    deepest,
    outOfOrder,
    pauseMs: pause.ms,
    pause,
    silenceMs,
  };
}
