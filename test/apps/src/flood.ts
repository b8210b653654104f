// Shared code of the flood apps: a cheap history and the memory usage.
import { writeFileSync } from 'node:fs';

/** How often each number below `COUNT` was seen. The memory is constant; the result is written to the file `SEEN`. */
export class Seen {
  readonly #times = new Uint8Array(Number(process.env['COUNT'] ?? 1_000_000));
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(n: number): void {
    this.#times[n] = Math.min(255, (this.#times[n] ?? 0) + 1);
    this.#count += 1;
  }

  save(): void {
    writeFileSync(process.env['SEEN'] ?? '/dev/null', this.#times);
  }
}

/** Prints `RSS <bytes> AT <count>` twice a second, after a garbage collection. Needs --expose-gc. */
export function tellMemory(count: () => number): void {
  setInterval(() => {
    gc?.();
    console.log(`RSS ${process.memoryUsage.rss()} AT ${count()}`);
  }, 500).unref();
}
