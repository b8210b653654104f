/** How long a partition rests that could not be read, in ms: not at all at first, then longer each time. */
const REST = { initialMs: 100, maxMs: 1_000 };
/** How long it may go unread before that is told, and how often it is told again, in ms. */
const TELL = { afterMs: 10_000, everyMs: 30_000 };

/** One partition that is read, from its start to its stop. */
export class Started {
  /** Where to read on. */
  offset: number;
  /** The request that asks for it, until its answer has been read. */
  flight: object | undefined;
  /** Whether it is not to be asked for at the moment. */
  isResting = false;
  /** How often in a row its offset seemed to lie behind the end. */
  doubts = 0;
  #failures = 0;
  #failingSince = Infinity;
  #toldAt = -Infinity;

  constructor(
    readonly partition: number,
    offset: number,
  ) {
    this.offset = offset;
  }

  /** Until it is resumed it is not asked for. */
  rest(): void {
    this.flight = undefined;
    this.isResting = true;
  }

  /** Answers how long it has to rest, in ms. */
  fail(now: number): number {
    this.rest();
    this.#failures += 1;
    this.#failingSince = Math.min(this.#failingSince, now);
    return this.#failures === 1 ? 0 : Math.min(REST.maxMs, REST.initialMs * 2 ** Math.min(this.#failures - 2, 10));
  }

  /** Answers whether it was told that it could not be read. */
  succeed(): boolean {
    const wasTold = this.#toldAt > -Infinity;
    this.#failures = 0;
    this.#failingSince = Infinity;
    this.#toldAt = -Infinity;
    this.doubts = 0;
    return wasTold;
  }

  /** For how many seconds it has not been read, when that is to be told now. */
  longFailing(now: number): number | undefined {
    const ms = now - this.#failingSince;
    return ms >= TELL.afterMs && this.mayTell(now) ? Math.round(ms / 1_000) : undefined;
  }

  /** Whether something may be told of it now; says so once in a while. */
  mayTell(now: number): boolean {
    if (now - this.#toldAt < TELL.everyMs) return false;
    this.#toldAt = now;
    return true;
  }
}
