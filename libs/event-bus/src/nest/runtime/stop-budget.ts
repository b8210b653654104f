/** The part of the stop timeout for running handlers. The rest is for settling, leaving the group and publishing. */
const HANDLERS_SHARE = 0.9;
/** The minimum for settling and leaving, in ms. */
const LEAST_REST_MS = 1_000;
/** The minimum for each step, in ms, if the application's hooks have used up the stop timeout. */
const LEAST_STEP_MS = 200;

/** Returns how long handlers may run on, in ms, for a given stop timeout. */
export function handlersBudgetMs(stopTimeoutMs: number): number {
  return stopTimeoutMs * HANDLERS_SHARE;
}

/**
 * The time limit for a whole stop. It begins with the first request to stop, by the monotonic clock.
 *
 * A stop timeout of less than 10 s may be exceeded by up to 1 s, for settling and leaving.
 */
export class StopBudget {
  readonly #ms: number;
  #endsAt: number | undefined;

  constructor(stopTimeoutMs: number) {
    this.#ms = Math.max(stopTimeoutMs, handlersBudgetMs(stopTimeoutMs) + LEAST_REST_MS);
  }

  /** Whether somebody has asked for the stop. */
  get isBegun(): boolean {
    return this.#endsAt !== undefined;
  }

  /** Starts the limit, unless it has started. */
  begin(): void {
    this.#endsAt ??= performance.now() + this.#ms;
  }

  /** Waits for the work within the limit. Returns whether it has ended by then. Rejects as the work does. */
  async allows(work: Promise<unknown>): Promise<boolean> {
    this.begin();
    const leftMs = Math.max(LEAST_STEP_MS, (this.#endsAt ?? 0) - performance.now());
    let timer: NodeJS.Timeout | undefined;
    const isOver = new Promise<false>((resolve) => (timer = setTimeout(resolve, leftMs, false)));
    // Nobody handles its rejection after the limit.
    work.catch(() => undefined);
    try {
      return await Promise.race([work.then(() => true as const), isOver]);
    } finally {
      clearTimeout(timer);
    }
  }
}
