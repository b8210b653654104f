/** How long a partition rests after a failure, in ms: not at all after the first, then longer each time. */
const REST = { initialMs: 100, maxMs: 1_000 };
/** When a partition that cannot be read is reported: first after `afterMs`, then every `everyMs`. */
const TELL = { afterMs: 10_000, everyMs: 30_000 };

/** A partition that is being read, from `start` to `stop`. */
export class Started {
  /** The next offset to read. */
  offset: number;
  /** The request for this partition, until its response has been processed. */
  flight: object | undefined;
  /** Whether the partition must not be requested at the moment. */
  isResting = false;
  /** How often in a row the offset seemed to lie behind the end. */
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

  /** Stops requests until the partition is resumed. */
  rest(): void {
    this.flight = undefined;
    this.isResting = true;
  }

  /** Returns how long the partition must rest, in ms. */
  fail(now: number): number {
    this.rest();
    this.#failures += 1;
    this.#failingSince = Math.min(this.#failingSince, now);
    return this.#failures === 1 ? 0 : Math.min(REST.maxMs, REST.initialMs * 2 ** Math.min(this.#failures - 2, 10));
  }

  /** Returns whether a failure had been reported. */
  succeed(): boolean {
    const wasTold = this.#toldAt > -Infinity;
    this.#failures = 0;
    this.#failingSince = Infinity;
    this.#toldAt = -Infinity;
    this.doubts = 0;
    return wasTold;
  }

  /**
   * The number of seconds for which the partition could not be read, if this must be reported now. Otherwise
   * `undefined`.
   */
  longFailing(now: number): number | undefined {
    const ms = now - this.#failingSince;
    return ms >= TELL.afterMs && this.mayTell(now) ? Math.round(ms / 1_000) : undefined;
  }

  /** Whether the partition may be reported now. Returns true at most once per interval. */
  mayTell(now: number): boolean {
    if (now - this.#toldAt < TELL.everyMs) return false;
    this.#toldAt = now;
    return true;
  }
}
