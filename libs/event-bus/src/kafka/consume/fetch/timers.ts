/** Timers that their owner can clear together. */
export class Timers {
  readonly #running = new Set<NodeJS.Timeout>();

  /** Returns a function that cancels the timer. */
  after(ms: number, then: () => void): () => void {
    const timer = setTimeout(() => {
      this.#running.delete(timer);
      then();
    }, ms);
    this.#running.add(timer);
    return () => {
      clearTimeout(timer);
      this.#running.delete(timer);
    };
  }

  clear(): void {
    for (const timer of this.#running) clearTimeout(timer);
    this.#running.clear();
  }
}
