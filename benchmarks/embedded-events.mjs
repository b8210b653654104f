// The event of the embedded benchmarks: NUMBERED of test/apps, about 1 KB of Avro.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';

const module = new URL('../dist/test-apps/events.js', import.meta.url);
if (!existsSync(module)) throw new Error('The benchmarks need the built packages and test apps: npm run build');
export const { NUMBERED } = await import(module);

const NOTE = 'x'.repeat(1_000);

/** The data of event number `seq`. It has one of a thousand keys, used in turn. */
export function dataOf(seq, note = NOTE) {
  return { number: { key: `k${seq % 1_000}`, seq, note } };
}

/** A whole event, for sides without a bus. */
export function eventOf(seq) {
  const metadata = {
    type: NUMBERED.type,
    id: randomUUID(),
    source: 'openedx/bench/web',
    sourcehost: 'bench.example.org',
    time: new Date().toISOString().replace('Z', '+00:00'),
    minorversion: 0,
    sourcelib: [1, 0, 0],
  };
  return { definition: NUMBERED, data: dataOf(seq), metadata };
}

/** Records which numbers arrived. `check` throws unless each arrived exactly once. */
export class Arrivals {
  #seen = new Set();
  #calls = 0;
  #numbers = 0;

  add(id, seq) {
    this.#seen.add(id);
    this.#numbers += seq;
    this.#calls += 1;
    return this.#calls;
  }

  check(count) {
    const sum = (count * (count - 1)) / 2;
    if (this.#seen.size === count && this.#calls === count && this.#numbers === sum) return;
    throw new Error(`${this.#seen.size} of ${count} events arrived, in ${this.#calls} calls.`);
  }
}
