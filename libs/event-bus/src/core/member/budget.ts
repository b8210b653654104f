/** The longest delay of a timer, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * A time limit that expires once. `isSpent` follows the timer, not the clock: timers may fire slightly early. A caller
 * that compared the clock then would wait for a second timer, which never comes.
 */
export class Budget {
  readonly #timer: NodeJS.Timeout;
  #isSpent = false;

  constructor(ms: number, onSpent: () => void) {
    const spend = () => {
      this.#isSpent = true;
      onSpent();
    };
    this.#timer = setTimeout(spend, Math.min(Math.max(0, ms), MAX_TIMER_MS));
  }

  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** Stops the timer. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}
