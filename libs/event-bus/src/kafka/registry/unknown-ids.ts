/** How long to wait for unknown ids, and when to wait shorter, in ms. */
export interface UnknownIdsOptions {
  readonly patienceMs: number;
  /** After this time without an unknown id the patience is full again. Default: ten minutes. */
  readonly recoveryMs?: number;
}

interface Unknown {
  readonly since: number;
  readonly patienceMs: number;
  isGivenUp: boolean;
}

/** The maximum number of remembered ids. Forgotten ids are waited for again. */
const MAX_IDS = 1_000;
/** A shorter patience counts as none. */
const LEAST_MS = 1_000;

/**
 * Tells how long to ask for a schema that a registry does not know. The nodes of a registry learn of a new id one after
 * the other, so an id may be unknown to one of them for a while.
 *
 * An id that stays unknown is a mistake, and its record holds up others meanwhile. So the patience halves with each
 * such id, down to none: many such records cost twice the patience in all. An id that turns up, or time, restores the
 * patience.
 */
export class UnknownIds {
  readonly #options: Required<UnknownIdsOptions>;
  readonly #ids = new Map<string, Unknown>();
  #patienceMs: number;
  #gaveUpAt = -Infinity;

  constructor({ patienceMs, recoveryMs = 600_000 }: UnknownIdsOptions) {
    this.#options = { patienceMs, recoveryMs };
    this.#patienceMs = patienceMs;
  }

  /**
   * Call this if the registry does not know the id. Returns how long it may still turn up, in ms; 0 means no longer.
   */
  patience(what: string, now = performance.now()): number {
    const known = this.#ids.get(what) ?? this.#add(what, now);
    // The order of the terms matters: adding a time to a duration rounds, and the first question must be exact.
    const leftMs = known.patienceMs - (now - known.since);
    if (leftMs > 0) return leftMs;
    if (!known.isGivenUp) this.#giveUp(known, now);
    return 0;
  }

  /** Call this if the registry knows the id. */
  found(what: string): void {
    if (this.#ids.size > 0 && this.#ids.delete(what)) this.#patienceMs = this.#options.patienceMs;
  }

  #add(what: string, now: number): Unknown {
    if (now - this.#gaveUpAt >= this.#options.recoveryMs) this.#patienceMs = this.#options.patienceMs;
    const [oldest] = this.#ids.keys();
    if (oldest !== undefined && this.#ids.size >= MAX_IDS) this.#ids.delete(oldest);
    const added = { since: now, patienceMs: this.#patienceMs, isGivenUp: false };
    this.#ids.set(what, added);
    return added;
  }

  #giveUp(unknown: Unknown, now: number): void {
    unknown.isGivenUp = true;
    this.#gaveUpAt = now;
    this.#patienceMs = this.#patienceMs < 2 * LEAST_MS ? 0 : this.#patienceMs / 2;
  }
}
