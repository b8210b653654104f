/** An event that happens once or never, and that many callers may wait for. */
export class Milestone {
  readonly reached: Promise<void>;
  #reach: () => void = () => undefined;
  #miss: (reason: Error) => void = () => undefined;

  constructor() {
    this.reached = new Promise((resolve, reject) => {
      this.#reach = resolve;
      this.#miss = reject;
    });
    // Without this, a rejection that nobody waits for would end the process.
    this.reached.catch(() => undefined);
  }

  reach(): void {
    this.#reach();
  }

  /** Rejects `reached`, unless it was reached before. */
  miss(reason: Error): void {
    this.#miss(reason);
  }
}
