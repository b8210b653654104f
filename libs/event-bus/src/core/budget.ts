/** The longest time that a timer can take, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * A time that may be spent once. The timer says when it is over, and not the clock: a timer may come a moment before its time, and whoever
 * looked at the clock then would wait for a second one, which never comes.
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

  /** It is not needed any more. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}
