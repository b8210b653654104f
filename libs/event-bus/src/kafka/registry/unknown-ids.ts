/** How long an id may be unknown, and for how long that is shortened, in ms. */
export interface UnknownIdsOptions {
  readonly patienceMs: number;
  /** After so long without an id that stayed unknown, the patience is the whole again. Default: ten minutes. */
  readonly recoveryMs?: number;
}

interface Unknown {
  readonly since: number;
  readonly patienceMs: number;
  isGivenUp: boolean;
}

/** The oldest are forgotten: then they are waited for once more. */
const MAX_IDS = 1_000;
/** Less patience than that is none. */
const LEAST_MS = 1_000;

/**
 * Tells for how long it makes sense to ask for a schema that a registry does not know. Its nodes learn of a new id one after the other, so
 * that an id is unknown to one of them for a while.
 *
 * An id that stays unknown is somebody's mistake, and its record holds others up meanwhile. So the patience halves with each of them, until
 * there is none: a flood of such records costs twice the patience. An id that turns up after all, or time, restores it.
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

  /** To be called when the registry does not know what is asked for; answers with how long it may still turn up, in ms, 0 for no longer. */
  patience(what: string, now = performance.now()): number {
    const known = this.#ids.get(what) ?? this.#add(what, now);
    const leftMs = known.since + known.patienceMs - now;
    if (leftMs > 0) return leftMs;
    if (!known.isGivenUp) this.#giveUp(known, now);
    return 0;
  }

  /** To be called when it does. */
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
