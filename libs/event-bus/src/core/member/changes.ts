/** Lets several wait until something has changed. */
export class Changes {
  #waiting = new Set<() => void>();

  /** Resolves with `true` at the next change, or with `false` after a time, in ms. */
  next(withinMs?: number): Promise<boolean> {
    return new Promise((resolve) => {
      const onTime = () => {
        this.#waiting.delete(onChange);
        resolve(false);
      };
      const timer = withinMs === undefined ? undefined : setTimeout(onTime, withinMs);
      const onChange = () => {
        clearTimeout(timer);
        resolve(true);
      };
      this.#waiting.add(onChange);
    });
  }

  tell(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const resolve of waiting) resolve();
  }
}
