/** The part of a stop's time that running handlers get; the rest is for settling, leaving the group and publishing. */
const HANDLERS_SHARE = 0.9;
/** What settling and leaving get at least, in ms. */
const LEAST_REST_MS = 1_000;
/** What each step gets at least, in ms, when hooks of the application have taken longer than the whole stop may. */
const LEAST_STEP_MS = 200;

/** How long handlers may run on when a stop may take so long in all, in ms. */
export function handlersBudgetMs(stopTimeoutMs: number): number {
  return stopTimeoutMs * HANDLERS_SHARE;
}

/**
 * The time that a stop may take in all, whatever it consists of. It begins with the first that asks for it, by the monotonic clock.
 *
 * A stop timeout of less than 10 s may be exceeded by up to 1 s, for settling and leaving.
 */
export class StopBudget {
  readonly #ms: number;
  #endsAt: number | undefined;

  constructor(stopTimeoutMs: number) {
    this.#ms = Math.max(stopTimeoutMs, handlersBudgetMs(stopTimeoutMs) + LEAST_REST_MS);
  }

  /** Does nothing when it has begun. */
  begin(): void {
    this.#endsAt ??= performance.now() + this.#ms;
  }

  /** Waits for the work as long as there is time; answers whether it has ended by then. Rejects as the work does. */
  async allows(work: Promise<unknown>): Promise<boolean> {
    this.begin();
    const leftMs = Math.max(LEAST_STEP_MS, (this.#endsAt ?? 0) - performance.now());
    let timer: NodeJS.Timeout | undefined;
    const isOver = new Promise<false>((resolve) => (timer = setTimeout(resolve, leftMs, false)));
    // Nobody listens to it any more once the time is over.
    work.catch(() => undefined);
    try {
      return await Promise.race([work.then(() => true as const), isOver]);
    } finally {
      clearTimeout(timer);
    }
  }
}
