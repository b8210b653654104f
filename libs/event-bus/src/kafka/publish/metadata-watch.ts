import { asError, delayMs } from '../../core/backoff.js';
import type { Cluster } from '../client/cluster.js';
import type { Topic } from '../client/topics.js';

const BACKOFF = { initialMs: 40, maxMs: 1_000 };
/** After this time without a lookup, in ms, the next one starts at once. */
const CALM_MS = 2_000;

/** Looks topics up on request: one lookup at a time, with growing delays while there is no news. */
export class MetadataWatch {
  readonly #wanted = new Set<string>();
  readonly #seen = new Set<string>();
  #isLooking = false;
  #isClosed = false;
  /** The number of lookups in a row, and the time of the last one. */
  #looks = 0;
  #lastLook = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly listener: {
      onFound(topics: readonly Topic[]): void;
      onFailed(error: Error, topics: readonly string[]): void;
    },
  ) {}

  /** Requests a lookup of the topic. May be called any number of times. */
  want(topic: string): void {
    this.#wanted.add(topic);
    this.#schedule();
  }

  /** Requests the lookup of a new topic. Its first lookup does not wait for others. */
  wantNew(topic: string): void {
    if (!this.#seen.has(topic)) {
      this.#seen.add(topic);
      this.#looks = 0;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.want(topic);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isLooking || this.#isClosed || this.#timer !== undefined || this.#wanted.size === 0) return;
    if (performance.now() - this.#lastLook > CALM_MS) this.#looks = 0;
    const pauseMs = this.#looks === 0 ? 0 : delayMs(BACKOFF, this.#looks);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, pauseMs);
  }

  async #look(): Promise<void> {
    const topics = [...this.#wanted];
    this.#wanted.clear();
    this.#isLooking = true;
    this.#looks += 1;
    this.#lastLook = performance.now();
    try {
      const found = await this.cluster.refresh(topics);
      this.#isLooking = false;
      if (!this.#isClosed) this.listener.onFound(found);
    } catch (error) {
      this.#isLooking = false;
      if (!this.#isClosed) this.listener.onFailed(asError(error), topics);
    }
    this.#schedule();
  }
}
