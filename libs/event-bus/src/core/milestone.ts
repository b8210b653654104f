/** Something that is reached once, or never, and that many may wait for. */
export class Milestone {
  readonly reached: Promise<void>;
  #reach: () => void = () => undefined;
  #miss: (reason: Error) => void = () => undefined;

  constructor() {
    this.reached = new Promise((resolve, reject) => {
      this.#reach = resolve;
      this.#miss = reject;
    });
    // Whoever does not ask does not care.
    this.reached.catch(() => undefined);
  }

  reach(): void {
    this.#reach();
  }

  /** Does nothing once it is reached. */
  miss(reason: Error): void {
    this.#miss(reason);
  }
}
